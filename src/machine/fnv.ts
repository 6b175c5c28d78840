import { i32, i64, v128 } from './wasm/code.js';
import { ModuleBuilder } from './wasm/module.js';

/** Bytes a page. */
const PAGE = 4096;
const PRIME = 0x100000001b3n;

/**
 * FNV-1a with its 64-bit constants, fed 32 bits at a time instead of 8, over linear memory.
 * `pages(hash, from, to)`: of every page between two byte addresses that is not all zeros its number of words from address 0
 * on, then its words.
 */
export interface Fnv {
  pages(hash: bigint, from: number, to: number): bigint;
}

let compiled: WebAssembly.Module | undefined;

/** The functions for one memory. */
export function fnvOver(memory: WebAssembly.Memory): Fnv {
  compiled ??= new WebAssembly.Module(build());
  return new WebAssembly.Instance(compiled, { machine: { memory } }).exports as unknown as Fnv;
}

function build(): Uint8Array<ArrayBuffer> {
  const module = new ModuleBuilder();
  module.importMemory('machine', 'memory', 1);
  const type = { params: ['i64', 'i32', 'i32'], result: 'i64' } as const;
  const pages = module.function(type);
  {
    const { body } = pages;
    const [hash, at, end] = [body.param(0, 'i64'), body.param(1, 'i32'), body.param(2, 'i32')];
    const next = body.local('i32');
    const last = body.local('i32');
    const ANY_TRUE = 83;
    body.block((done) => {
      body.loop((again) => {
        done(i32.ge_u(at, end));
        body.set(last, i32.add(at, i32.const(PAGE)));
        body.set(next, at);
        body.block((found) => {
          body.loop((on) => {
            const both = v128.or(v128.load(next), v128.load(next, 16));
            found(v128.test(ANY_TRUE, both));
            body.set(next, i32.add(next, i32.const(32)));
            on(i32.lt_u(next, last));
          });
          body.set(at, last);
          again();
        });
        const number = i64.extend_u(i32.shr_u(at, i32.const(2)));
        body.set(hash, i64.mul(i64.xor(hash, number), i64.const(PRIME)));
        body.loop((on) => {
          body.set(hash, i64.mul(i64.xor(hash, i64.load32_u(at)), i64.const(PRIME)));
          body.set(at, i32.add(at, i32.const(4)));
          on(i32.lt_u(at, last));
        });
        again();
      });
    });
    body.return(hash);
    body.unreachable();
  }
  module.exportFunction('pages', pages);
  return module.encode();
}
