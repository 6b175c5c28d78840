import { type I64, i32, i64, type Local } from '../../wasm/code.js';
import type { Emitter } from '../emitter/emitter.js';
import { signExtend } from '../flags/flags.js';
import type { InstructionDescription } from '../instruction.js';

type Change = (x: Emitter, old: I64, mask: I64) => I64;

/** Sets CF to the bit, and changes it. A register bit offset reaches beyond a memory operand, with its sign. */
function bitTest(name: string, register: string, digit: number, change?: Change): InstructionDescription {
  return {
    name,
    encodings: [`0f ${register} Ev,Gv`, `0f ba /${digit} Ev,Ib`],
    lock: change !== undefined,
    emit: (x) => {
      const { body, size } = x;
      const offset = x.read(1);
      const n = body.let(i64.and(offset, i64.const(size - 1)));
      const apply = (old: Local<'i64'>): I64 => {
        x.flags.setCarry(i32.and(i32.wrap(i64.shr_u(old, n)), i32.const(1)));
        return change ? change(x, old, i64.shl(i64.const(1), n)) : old;
      };
      if (x.isMemory(0) && x.kind(1) === 'r') {
        const bytes = i64.shl(
          i64.shr_s(signExtend(offset, size), i64.const(Math.log2(size))),
          i64.const(Math.log2(size / 8)),
        );
        const address = x.addressWithDisplacement(0, bytes, size, change !== undefined);
        if (change) x.modifyAt(address, apply, size);
        else apply(x.load(address, size));
        return;
      }
      if (change) x.modify(0, apply, size);
      else apply(x.read(0));
    },
  };
}

/** BSF, BSR: the destination stays as it is when the source is 0, as processors do. */
const scan = (
  name: string,
  opcode: string,
  find: (x: Emitter, value: I64) => I64,
): InstructionDescription => ({
  name,
  encodings: [`0f ${opcode} Gv,Ev`],
  emit: (x) => {
    const value = x.read(1);
    x.body.if(
      i64.eqz(value),
      () => x.flags.set(i64.const(0), x.size, i32.const(0)),
      () => {
        // Only ZF is defined.
        x.flags.set(i64.const(1), x.size, i32.const(0));
        x.write(0, find(x, value));
      },
    );
  },
});

export const bitOperations: InstructionDescription[] = [
  bitTest('bt', 'a3', 4),
  bitTest('bts', 'ab', 5, (_, old, mask) => i64.or(old, mask)),
  bitTest('btr', 'b3', 6, (_, old, mask) => i64.and(old, i64.xor(mask, i64.const(-1)))),
  bitTest('btc', 'bb', 7, (_, old, mask) => i64.xor(old, mask)),
  scan('bsf', 'bc', (_, value) => i64.ctz(value)),
  scan('bsr', 'bd', (_, value) => i64.sub(i64.const(63), i64.clz(value))),
  {
    name: 'popcnt',
    encodings: ['f3 0f b8 Gv,Ev'],
    emit: (x) => {
      const value = x.read(1);
      x.write(0, i64.popcnt(value));
      // ZF by the source; the others are cleared, PF among them.
      x.flags.load(i32.shl(i64.eqz(value), i32.const(6)));
    },
  },
];
