import { type Body, callIndirect, callNode, type I32, i32, i64, type Local } from '../../wasm/code.js';
import { type FunctionHandle, ModuleBuilder } from '../../wasm/module.js';
import { loadSized, pageNumber, pageOffset, storeSized } from '../access.js';
import type { Handler, InstructionSet } from '../architecture.js';
import { here, scratch, words } from '../layout.js';
import { findInPcCache } from '../pc-cache.js';
import { block, link, noCharge, record, regionCase, regionExit, regionSlots } from '../record.js';
import { emitEntry, emitForgetNote } from '../transfers.js';
import { type Border, type BySize, border, declareImports, type Library } from './library.js';

const handlerType = { params: ['i32'], result: 'i32' } as const;

/** Module bytes of the interpreter of an instruction set: the handlers, and the loop that runs records. */
export function emitInterpreter<H extends Handler, Own extends Border>(
  set: InstructionSet<H, Own>,
): Uint8Array<ArrayBuffer> {
  const { handlers: sources, hot: inLoop, traces } = set;
  const module = new ModuleBuilder();
  module.importMemory('machine', 'memory', 1);
  const imported = { ...declareImports(module, border), ...declareImports(module, set.border) };
  const { translateRead, translateWrite, finishWrite, fillLink, lookup, refetch, hot } = imported;

  const bySize = (make: (size: 8 | 16 | 32 | 64) => number): BySize => ({
    8: make(8),
    16: make(16),
    32: make(32),
    64: make(64),
  });
  const slowLoad = bySize((size) => {
    const { index, body } = module.function({ params: ['i32', 'i64'], result: 'i64' });
    const address = body.param(1, 'i64');
    const bytes = i32.const(size / 8);
    const at = callNode(
      'i32',
      translateRead,
      body.param(0, 'i32'),
      pageNumber(address),
      pageOffset(address),
      bytes,
    );
    body.return(loadSized(at, size));
    body.unreachable();
    return index;
  });
  const slowStore = bySize((size) => {
    const { index, body } = module.function({ params: ['i32', 'i64', 'i64'] });
    const address = body.param(1, 'i64');
    const bytes = i32.const(size / 8);
    const at = body.let(
      callNode('i32', translateWrite, body.param(0, 'i32'), pageNumber(address), pageOffset(address), bytes),
    );
    storeSized(body, at, body.param(2, 'i64'), size);
    body.if(i32.lt_u(at, i32.const(scratch.end)), () => body.call(finishWrite));
    return index;
  });

  /**
   * Charges the block's instructions and goes to its first record, or leaves when the budget does not reach. An invalid
   * block is looked for again. `from`: the link that was followed, or 0.
   */
  const enter = (body: Body, target: Local<'i32'>, from: I32, storePc: () => void, find: () => I32): void => {
    const left = body.local('i32');
    body.loop((again) => {
      body.set(left, i32.sub(i32.load(here, words.remaining), i32.load(target, block.charge)));
      body.if(i32.lt_s(left, i32.const(0)), () => {
        body.if(i32.eq(i32.load(target, block.charge), i32.const(noCharge)), () => {
          body.set(target, find());
          again();
        });
        storePc();
        if (traces) body.storeI32(here, from, words.via);
        body.return(i32.const(0));
      });
    });
    if (traces) {
      const mark = body.let(i32.load(target, block.mark));
      const before = i32.load(here, words.remaining);
      body.if(mark, () => emitEntry(body, traces.stackPointer, before, mark, from));
      emitForgetNote(body);
    }
    body.storeI32(here, left, words.remaining);
    const heat = body.let(i32.sub(i32.load(target, block.heat), i32.const(1)));
    body.storeI32(target, heat, block.heat);
    body.if(i32.eqz(heat), () => body.call(hot, target));
    body.return(i32.add(target, i32.const(block.size)));
    body.unreachable();
  };

  const follow = module.function(handlerType);
  {
    const { body } = follow;
    const at = body.param(0, 'i32');
    const target = body.local('i32');
    body.if(
      i32.eq(i32.load(at, link.epoch), i32.load(here, words.epoch)),
      () => body.set(target, i32.load(at, link.block)),
      () => body.set(target, callNode('i32', fillLink, at)),
    );
    enter(
      body,
      target,
      at,
      () => body.store64(here, i64.load(at, link.pc), words.pc),
      () => callNode('i32', fillLink, at),
    );
  }

  const jump = module.function({ params: ['i64'], result: 'i32' });
  {
    const { body } = jump;
    const pc = body.param(0, 'i64');
    const cached = findInPcCache(body, pc);
    const target = body.local('i32');
    body.if(
      cached.hit,
      () => body.set(target, cached.block),
      () => body.set(target, callNode('i32', lookup, pageNumber(pc), pageOffset(pc))),
    );
    enter(
      body,
      target,
      i32.const(0),
      () => body.store64(here, pc, words.pc),
      () => callNode('i32', lookup, pageNumber(pc), pageOffset(pc)),
    );
  }

  const library: Library<Own> = { ...imported, slowLoad, slowStore, follow: follow.index, jump: jump.index };

  const settling = set.settling?.(module);
  const settle = (body: Body): void => {
    if (settling) body.if(settling.needed(), () => body.call(settling.function));
  };
  const handlers: FunctionHandle[] = [];
  const handler = (): Body => {
    const handle = module.function(handlerType);
    handlers.push(handle);
    return handle.body;
  };

  // The pseudo handlers, in the order of `pseudo`.
  {
    const next = handler();
    next.return(callNode('i32', follow.index, i32.add(next.param(0, 'i32'), i32.const(record.size))));
    next.unreachable();
    const exit = handler();
    exit.store64(here, i64.load(exit.param(0, 'i32'), record.immediate), words.pc);
    exit.return(i32.const(0));
    exit.unreachable();
    const again = handler();
    again.return(callNode('i32', refetch, again.param(0, 'i32')));
    again.unreachable();
  }

  for (const source of sources) {
    const body = handler();
    set.emit(source, { body, library, rec: body.param(0, 'i32'), leave: (next) => body.return(next) });
    body.unreachable();
  }

  // Region to region, until control comes to a record that is the interpreter's.
  const regions = module.function(handlerType);
  {
    const { body } = regions;
    const rec = body.param(0, 'i32');
    const type = module.type(handlerType);
    const exit = body.local('i32');
    body.loop((again) => {
      const start = body.let(i32.sub(rec, i32.const(block.size)));
      const entry = i32.load16_u(start, block.entry);
      const slot = i32.load16_u(start, block.region);
      body.set(exit, callIndirect('i32', type, slot, [entry], 1));
      body.if(
        i32.and(exit, i32.const(regionExit.link)),
        () => body.set(rec, callNode('i32', follow.index, i32.xor(exit, i32.const(regionExit.link)))),
        () =>
          body.if(
            i32.eq(exit, i32.const(regionExit.jump)),
            () => body.set(rec, callNode('i32', jump.index, i64.load(here, words.jumpTarget))),
            () => {
              settle(body);
              body.if(i32.eq(exit, i32.const(regionExit.interpret)), () => body.set(exit, rec));
              body.if(exit, () => {
                // This record by its handler: were it the region's entry, the region would only leave again.
                body.set(exit, callIndirect('i32', type, i32.load16_u(exit, record.handler), [exit]));
              });
              body.return(exit);
            },
          ),
      );
      body.if(rec, () => again(i32.eq(i32.load8_u(rec, record.hot), i32.const(regionCase))));
    });
    settle(body);
    body.return(rec);
    body.unreachable();
  }

  // The loop: the hottest handlers stand in it, chosen by one br_table; the others are called.
  const run = module.function({ params: ['i32'] });
  {
    const { body } = run;
    const rec = body.param(0, 'i32');
    const type = module.type(handlerType);
    body.loop((again) => {
      const next = (value: I32): void => {
        body.set(rec, value);
        again(rec);
        body.return();
      };
      body.switch(
        i32.load8_u(rec, record.hot),
        [
          () => {
            body.set(rec, callIndirect('i32', type, i32.load16_u(rec, record.handler), [rec]));
            again(rec);
          },
          ...sources
            .filter(({ key }) => inLoop.has(key))
            .map((source) => () => body.scope(() => set.emit(source, { body, library, rec, leave: next }))),
        ],
        () => {
          body.set(rec, callNode('i32', regions.index, rec));
          again(rec);
        },
      );
    });
  }
  module.exportFunction('run', run);
  if (settling) module.exportFunction('settle', { index: settling.function });
  module.table(handlers);
  module.secondTable('regions', regionSlots);
  return module.encode();
}
