import type { DecodedWithEncoding, Decoder } from '../../src/machine/x86/decoder/decoder.js';
import type { Encoding } from '../../src/machine/x86/decoder/encoding.js';
import { assemble, hasMemoryForm, hasRegisterForm } from './assemble.js';
import { baseOf, CODE, DATA, type Mode } from './layout.js';
import { Random } from './random.js';
import { edge, inputState } from './state.js';
import { readFlags, undefinedAfter } from './undefined-flags.js';
import { type Patch, RIP_REGISTER, type Vector } from './vector.js';

/**
 * Instructions that say all they do with flags in `undefined-flags.ts`: what one of them leaves behind, in the lazy form
 * that flags are kept in, is what the next starts from.
 */
const usable = new Set(
  `add or adc sbb and sub xor cmp test inc dec neg not xadd cmpxchg mul imul1 imul2 imul3 div idiv popcnt
   mov movzx movsx movsxd lea xchg bswap salc nop hint crc32 cbw/cwde/cdqe cwd/cdq/cqo
   rol ror rcl rcr shl shr sar shld shrd bt bts btr btc bsf bsr
   push pop pushf lahf sahf clc stc cmc cld std`.split(/\s+/),
);
const isUsable = (name: string): boolean => usable.has(name) || /^(set|cmov)/.test(name);

/** Few addresses, so that instructions meet each other's results. */
const addresses = [DATA + 0x100, DATA + 0x108, DATA + 0x10c, DATA + 0x200, DATA + 0xffe];

/** Generates runs of instructions that execute as one block. */
export class SequenceGenerator {
  readonly #encodings: readonly Encoding[];

  constructor(readonly decoder: Decoder) {
    this.#encodings = decoder.encodings.filter(({ description }) => isUsable(description.name));
  }

  vector(mode: Mode, seed: number): Vector {
    const random = new Random(seed);
    const rip = CODE + 0x100 + random.below(0x800);
    const wanted = 3 + random.below(10);
    const done: DecodedWithEncoding[] = [];
    const code: number[] = [];
    for (let tries = 0; done.length < wanted && tries < 100; tries++) {
      const pc = BigInt(rip + code.length);
      const bytes = this.#instruction(mode, Number(pc), random);
      if (!bytes || code.length + bytes.length > 120) continue;
      const next = this.decoder.decode(bytes, 0, pc, { bits: mode, csBase: baseOf(mode, 1), real: false });
      if (!next || (readFlags(next.description.name) & undefinedAfter(done, undefined)) !== 0) continue;
      // Shifts of 16 bits by more than that differ between processors.
      if (next.size === 16 && /^sh[lr]d$/.test(next.description.name)) continue;
      done.push(next);
      code.push(...bytes);
    }
    const memory: Patch[] = addresses.slice(0, 4).map((address) => {
      const bytes = new Uint8Array(8);
      new DataView(bytes.buffer).setBigUint64(0, edge(random), true);
      return { address, bytes };
    });
    const registers = [{ register: RIP_REGISTER, value: BigInt(rip) }];
    // The stack pointer is an operand like any other; mostly it should still be one.
    const stateSeed = random.next();
    if (random.oneIn(2)) registers.push({ register: 4, value: inputState(stateSeed, mode).gpr[4]! & ~7n });
    return {
      mode,
      code: Uint8Array.from(code),
      instructions: done.length,
      seed: stateSeed,
      registers,
      fx: [],
      memory,
    };
  }

  #instruction(mode: Mode, pc: number, random: Random): Uint8Array | undefined {
    const encoding = random.pick(this.#encodings);
    const memory = hasMemoryForm(encoding) && (!hasRegisterForm(encoding) || random.oneIn(3));
    const operandPrefix = random.oneIn(5) && encoding.prefix !== 'np';
    const shape = { mode, operandPrefix, rexW: mode === 64 && random.oneIn(3), memory, plain: true };
    const assembled = assemble(encoding, shape, random);
    if (!assembled) return undefined;
    const { code, displacement } = assembled;
    if (!displacement) return code;
    const target = random.pick(addresses);
    const relative = mode === 64 && displacement.bytes === 4;
    const value = BigInt(relative ? target - pc - code.length : target - baseOf(mode, 3));
    for (let i = 0; i < displacement.bytes; i++)
      code[displacement.at + i] = Number((BigInt.asUintN(64, value) >> BigInt(8 * i)) & 0xffn);
    return code;
  }
}
