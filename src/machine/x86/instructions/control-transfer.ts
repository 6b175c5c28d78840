import { GPR } from '../../../abi/x86/registers.js';
import { VECTOR } from '../../../abi/x86/vectors.js';
import { here } from '../../engine/layout.js';
import { type I64, i32, i64, type Local } from '../../wasm/code.js';
import type { Emitter } from '../emitter/emitter.js';
import { signExtend, zeroExtend } from '../flags/flags.js';
import type { InstructionDescription } from '../instruction.js';
import type { Size } from '../operands.js';
import { segment, segmentIndex, segmentOffset } from '../state.js';
import { conditions } from './conditions.js';

const csBase = (): I64 => i64.load(here, segmentOffset(segmentIndex.cs) + segment.base);

/** Linear address of an offset in the code segment, checked against its limit. */
const toLinear = (x: Emitter, offset: Local<'i64'>): I64 => {
  x.checkCodeLimit(offset);
  return x.long ? offset : zeroExtend(i64.add(offset, csBase()), 32);
};
/** Offset in the code segment of the next instruction, as CALL pushes it. */
const returnOffset = (x: Emitter): I64 => (x.long ? x.next() : i64.sub(x.next(), csBase()));

const loop = (
  name: string,
  opcode: string,
  also?: (x: Emitter) => ReturnType<typeof i32.const>,
): InstructionDescription => ({
  name,
  encodings: [`${opcode} Jb ;f64`],
  flow: 'conditional',
  stack: true,
  emit: (x) => {
    // The counter's width is the address size, which the record keeps as a shift.
    const shift = x.addressShift();
    const count = x.body.let(x.readGpr(GPR.RCX));
    const less = x.body.let(i64.sub(count, i64.const(1)));
    x.writeCounter(less, shift);
    const left = i64.ne(i64.shl(less, shift), i64.const(0));
    x.branch(also ? i32.and(left, also(x)) : left);
  },
});

export const controlTransfer: InstructionDescription[] = [
  ...conditions.map(
    (name, cc): InstructionDescription => ({
      name: `j${name}`,
      encodings: [`${(0x70 + cc).toString(16)} Jb ;f64`, `0f ${(0x80 + cc).toString(16)} Jz ;f64`],
      flow: 'conditional',
      emit: (x) => x.branch(x.flags.condition(cc)),
    }),
  ),
  { name: 'jmp', encodings: ['eb Jb ;f64', 'e9 Jz ;f64'], flow: 'jump', emit: (x) => x.goto(true) },
  {
    name: 'call',
    encodings: ['e8 Jz ;f64'],
    flow: 'call',
    stack: true,
    emit: (x) => {
      x.push(returnOffset(x), x.size);
      x.noteCall();
      x.goto(true);
    },
  },
  {
    name: 'jmpr',
    encodings: ['ff /4 Ev ;f64'],
    flow: 'indirect-jump',
    stack: true,
    emit: (x) => {
      const target = toLinear(x, x.read(0));
      x.noteJump();
      x.jump(target);
    },
  },
  {
    name: 'callr',
    encodings: ['ff /2 Ev ;f64'],
    flow: 'indirect-call',
    stack: true,
    emit: (x) => {
      const target = x.body.let(toLinear(x, x.read(0)));
      x.push(returnOffset(x), x.size);
      x.noteCall();
      x.jump(target);
    },
  },
  {
    name: 'ret',
    encodings: ['c3 ;f64', 'c2 Iw ;f64'],
    flow: 'return',
    stack: true,
    emit: (x) => {
      const target = x.body.let(toLinear(x, x.peek(x.size)));
      x.release(x.size / 8, x.form === 'i' ? x.read(0) : undefined);
      x.noteReturn(target);
      x.jump(target);
    },
  },
  loop('loopne', 'e0', (x) => i32.eqz(x.flags.zf())),
  loop('loope', 'e1', (x) => x.flags.zf()),
  loop('loop', 'e2'),
  {
    name: 'jcxz',
    encodings: ['e3 Jb ;f64'],
    flow: 'conditional',
    emit: (x) => x.branch(i64.eqz(i64.shl(x.readGpr(GPR.RCX), x.addressShift()))),
  },
  {
    name: 'bound',
    encodings: ['62 Gv,M ;i64'],
    emit: (x) => {
      const { size } = x;
      const address = x.address(1, (size * 2) as Size);
      const lower = signExtend(x.load(address, size), size);
      const upper = signExtend(
        x.load(x.body.let(zeroExtend(i64.add(address, i64.const(size / 8)), 32)), size),
        size,
      );
      const value = x.body.let(signExtend(x.read(0), size));
      x.body.if(i32.or(i64.lt_s(value, lower), i64.gt_s(value, upper)), () => x.raise(VECTOR.BR));
    },
  },
];
