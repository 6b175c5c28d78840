import { FLAG } from '../../../abi/x86/flags.js';
import { GPR } from '../../../abi/x86/registers.js';
import { here } from '../../engine/layout.js';
import { record } from '../../engine/record.js';
import { i32, i64 } from '../../wasm/code.js';
import type { Decoded, InstructionDescription } from '../instruction.js';
import type { ImmediateOperand } from '../operands.js';
import type { Processor } from '../processor.js';
import { linearAddress } from '../segments/linear-address.js';
import { gprOffset, segmentIndex, state } from '../state.js';

/** Nothing but memory below the stack pointer changes before the last access that can fault. */
function enter(cpu: Processor, instruction: Decoded): void {
  const { size } = instruction;
  const bytes = size / 8;
  const [allocated, nesting] = instruction.operands as [ImmediateOperand, ImmediateOperand];
  const level = Number(nesting.value & 31n);
  const mask = BigInt.asUintN(64, cpu.memory.view.getBigInt64(state.stackMask, true));
  let pointer = cpu.readGpr(GPR.RSP, 64);
  let frame = cpu.readGpr(GPR.RBP, 64);
  const at = (offset: bigint, write: boolean): bigint =>
    linearAddress(cpu, instruction, segmentIndex.ss, offset & mask, bytes, write);
  // Only what the stack segment makes of RSP and RBP moves; above it they stay as they are.
  const down = (from: bigint, by: bigint): bigint => (from & ~mask) | ((from - by) & mask);
  const push = (value: bigint): void => {
    pointer = down(pointer, BigInt(bytes));
    cpu.linear.write(at(pointer, true), bytes, BigInt.asUintN(size, value));
  };
  push(frame);
  const top = pointer;
  for (let i = 1; i < level; i++) {
    frame = down(frame, BigInt(bytes));
    push(cpu.linear.read(at(frame, false), bytes));
  }
  if (level > 0) push(top);
  pointer = down(pointer, allocated.value);
  // The processor makes sure that the new stack can be written to.
  cpu.linear.spanAt(at(pointer, true), 1, true);
  cpu.writeGpr(GPR.RBP, top, size);
  cpu.gpr[GPR.RSP] = pointer;
}

export const stack: InstructionDescription[] = [
  {
    name: 'push',
    encodings: ['50+r Zv ;d64', 'ff /6 Ev ;d64', '68 Iz ;d64', '6a Is ;d64'],
    stack: true,
    emit: (x) => x.push(x.read(0), x.size),
  },
  {
    name: 'pop',
    encodings: ['58+r Zv ;d64'],
    stack: true,
    emit: (x) => {
      const value = x.pop(x.size);
      x.write(0, value);
    },
  },
  {
    name: 'popm',
    encodings: ['8f /0 Ev ;d64'],
    stack: true,
    emit: (x) => {
      const value = x.peek(x.size);
      if (!x.isMemory(0)) {
        x.release(x.size / 8);
        x.write(0, value);
        return;
      }
      // An address with RSP as its base is worked out after RSP went up; a fault must find RSP as it was.
      const isStack = i32.eq(i32.load16_u(x.rec, record.base), i32.const(gprOffset(GPR.RSP)));
      const moved = i64.shl(i64.extend_u(isStack), i64.const(Math.log2(x.size / 8)));
      x.store(x.addressWithDisplacement(0, moved, x.size, true), value, x.size);
      x.release(x.size / 8);
    },
  },
  {
    name: 'leave',
    encodings: ['c9 ;d64'],
    stack: true,
    emit: (x) => {
      const frame = x.readGpr(GPR.RBP);
      // A fault in the load must leave RSP as it was.
      const value = x.loadStack(frame, x.size);
      x.setStackPointer(frame);
      x.release(x.size / 8);
      x.writeGpr(GPR.RBP, value, x.size);
    },
  },
  { name: 'enter', encodings: ['c8 Iw,Il ;d64'], ends: false, system: enter },
  {
    name: 'pushf',
    encodings: ['9c ;d64'],
    stack: true,
    emit: (x) => {
      // RF and VM read as 0.
      const flags = i32.and(x.flags.all(), i32.const(~(FLAG.RF | FLAG.VM)));
      x.guardVirtual8086();
      x.push(i64.extend_u(flags), x.size);
    },
  },
  {
    name: 'popf',
    encodings: ['9d ;d64'],
    stack: true,
    ends: true,
    emit: (x) => {
      const { body } = x;
      x.guardVirtual8086();
      const value = body.let(i32.wrap(x.pop(x.size)));
      x.flags.load(value);
      const cpl = i32.load(here, state.cpl);
      const old = body.let(i32.load(here, state.flagsSystem));
      const iopl = i32.and(i32.shr_u(old, i32.const(12)), i32.const(3));
      // IOPL changes only at CPL 0, IF only at CPL ≤ IOPL; RF is cleared, VM, VIF, VIP stay.
      const settable = FLAG.TF | FLAG.DF | FLAG.NT | (x.size === 16 ? 0 : FLAG.AC | FLAG.ID);
      const mask = body.local('i32');
      body.set(mask, i32.const(settable));
      body.if(i32.le_u(cpl, iopl), () => body.set(mask, i32.or(mask, i32.const(FLAG.IF))));
      body.if(i32.eqz(cpl), () => body.set(mask, i32.or(mask, i32.const(FLAG.IOPL))));
      const kept = i32.and(old, i32.xor(mask, i32.const(-1)));
      const fresh = body.let(i32.and(i32.or(kept, i32.and(value, mask)), i32.const(~FLAG.RF)));
      body.storeI32(here, fresh, state.flagsSystem);
      // TF and AC change how code runs; IF matters when an interrupt waits.
      const changed = i32.and(i32.xor(old, fresh), i32.const(FLAG.TF | FLAG.AC));
      const open = i32.and(
        i32.and(fresh, i32.const(FLAG.IF)),
        i32.shl(i32.load(here, state.interruptLine), i32.const(9)),
      );
      x.leaveWhen(i32.or(changed, open));
    },
  },
  {
    name: 'pusha',
    encodings: ['60 ;i64'],
    stack: true,
    emit: (x) => {
      const pointer = x.readGpr(GPR.RSP);
      for (let n = 0; n < 8; n++) x.storeStack(n, n === 4 ? pointer : x.readGpr(n), x.size);
      x.release((-8 * x.size) / 8);
    },
  },
  {
    name: 'popa',
    encodings: ['61 ;i64'],
    stack: true,
    emit: (x) => {
      const values = [7, 6, 5, 3, 2, 1, 0].map((n) => ({ n, value: x.peekAt(7 - n, x.size) }));
      x.release(x.size);
      for (const { n, value } of values) x.writeGpr(n, value, x.size);
    },
  },
  {
    name: 'lahf',
    encodings: ['9f'],
    emit: (x) => {
      const flags = i64.extend_u(i32.or(x.flags.arithmetic(), i32.const(2)));
      x.writeGpr(GPR.RAX, i64.or(x.readGpr(GPR.RAX, 8), i64.shl(flags, i64.const(8))), 16);
    },
  },
  {
    name: 'sahf',
    encodings: ['9e'],
    emit: (x) => {
      const high = i32.load8_u(here, state.gpr + 1);
      const kept = i32.and(x.flags.arithmetic(), i32.const(FLAG.OF));
      x.flags.load(i32.or(i32.and(high, i32.const(~FLAG.OF)), kept));
    },
  },
  { name: 'clc', encodings: ['f8'], emit: (x) => x.flags.setCarry(i32.const(0)) },
  { name: 'stc', encodings: ['f9'], emit: (x) => x.flags.setCarry(i32.const(1)) },
  { name: 'cmc', encodings: ['f5'], emit: (x) => x.flags.setCarry(i32.eqz(x.flags.cf())) },
  {
    name: 'cld',
    encodings: ['fc'],
    emit: (x) =>
      x.body.storeI32(
        here,
        i32.and(i32.load(here, state.flagsSystem), i32.const(~FLAG.DF)),
        state.flagsSystem,
      ),
  },
  {
    name: 'std',
    encodings: ['fd'],
    emit: (x) =>
      x.body.storeI32(here, i32.or(i32.load(here, state.flagsSystem), i32.const(FLAG.DF)), state.flagsSystem),
  },
  {
    name: 'cli',
    encodings: ['fa'],
    emit: (x) => {
      x.checkInterruptPrivilege();
      x.body.storeI32(
        here,
        i32.and(i32.load(here, state.flagsSystem), i32.const(~FLAG.IF)),
        state.flagsSystem,
      );
    },
  },
  {
    name: 'sti',
    encodings: ['fb'],
    ends: true,
    emit: (x) => {
      x.checkInterruptPrivilege();
      const old = x.body.let(i32.load(here, state.flagsSystem));
      x.body.storeI32(here, i32.or(old, i32.const(FLAG.IF)), state.flagsSystem);
      x.body.if(
        i32.and(i32.eqz(i32.and(old, i32.const(FLAG.IF))), i32.load(here, state.interruptLine)),
        () => {
          x.body.storeI32(here, i32.const(1), state.interruptShadow);
          x.leaveWhen(i32.const(1));
        },
      );
    },
  },
];
