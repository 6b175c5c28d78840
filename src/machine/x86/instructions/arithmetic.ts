import { GPR } from '../../../abi/x86/registers.js';
import { type I64, i32, i64 } from '../../wasm/code.js';
import type { Emitter } from '../emitter/emitter.js';
import { zeroExtend } from '../flags/flags.js';
import type { InstructionDescription } from '../instruction.js';

type Operation = (x: Emitter, a: I64, b: I64) => I64;

const carryIn = (x: Emitter): I64 => i64.extend_u(x.flags.cf());

/** Computes the result and sets the flags. */
const operations: Record<string, Operation> = {
  add: (x, a, b) => {
    const result = x.body.let(i64.add(a, b));
    x.flags.add(a, b, result, x.size);
    return result;
  },
  or: (x, a, b) => {
    const result = x.body.let(i64.or(a, b));
    x.flags.logic(result, x.size);
    return result;
  },
  adc: (x, a, b) => {
    const result = x.body.let(i64.add(i64.add(a, b), carryIn(x)));
    x.flags.add(a, b, result, x.size, true);
    return result;
  },
  sbb: (x, a, b) => {
    const result = x.body.let(i64.sub(i64.sub(a, b), carryIn(x)));
    x.flags.sub(a, b, result, x.size, true);
    return result;
  },
  and: (x, a, b) => {
    const result = x.body.let(i64.and(a, b));
    x.flags.logic(result, x.size);
    return result;
  },
  sub: (x, a, b) => {
    const result = x.body.let(i64.sub(a, b));
    x.flags.sub(a, b, result, x.size);
    return result;
  },
  xor: (x, a, b) => {
    const result = x.body.let(i64.xor(a, b));
    x.flags.logic(result, x.size);
    return result;
  },
};

/** The eight operations of opcodes 00–3f and 80–83, in their order there. */
function standardEncodings(row: number): string[] {
  const at = (column: number): string => (row * 8 + column).toString(16).padStart(2, '0');
  return [
    `${at(0)} Eb,Gb`,
    `${at(1)} Ev,Gv`,
    `${at(2)} Gb,Eb`,
    `${at(3)} Gv,Ev`,
    `${at(4)} AL,Ib`,
    `${at(5)} rAX,Iz`,
    `80 /${row} Eb,Ib`,
    `81 /${row} Ev,Iz`,
    `82 /${row} Eb,Ib ;i64`,
    `83 /${row} Ev,Is`,
  ];
}

const standard: InstructionDescription[] = ['add', 'or', 'adc', 'sbb', 'and', 'sub', 'xor'].map(
  (name, i) => ({
    name,
    encodings: standardEncodings(i),
    lock: true,
    emit: (x) => {
      const source = x.read(1);
      x.modify(0, (old) => operations[name]!(x, old, source));
    },
  }),
);

const step = (name: string, up: boolean, digit: number, row: string): InstructionDescription => ({
  name,
  encodings: [`fe /${digit} Eb`, `ff /${digit} Ev`, `${row}+r Zv ;i64`],
  lock: true,
  emit: (x) =>
    x.modify(0, (old) => {
      const result = x.body.let(i64.add(old, i64.const(up ? 1 : -1)));
      x.flags.step(old, result, x.size, up);
      return result;
    }),
});

export const arithmetic: InstructionDescription[] = [
  ...standard,
  {
    name: 'cmp',
    encodings: standardEncodings(7),
    emit: (x) => {
      const b = x.read(1);
      const a = x.read(0);
      operations.sub!(x, a, b);
    },
  },
  {
    name: 'test',
    encodings: [
      '84 Eb,Gb',
      '85 Ev,Gv',
      'a8 AL,Ib',
      'a9 rAX,Iz',
      'f6 /0 Eb,Ib',
      'f6 /1 Eb,Ib',
      'f7 /0 Ev,Iz',
      'f7 /1 Ev,Iz',
    ],
    emit: (x) => {
      const b = x.read(1);
      x.flags.logic(i64.and(x.read(0), b), x.size);
    },
  },
  step('inc', true, 0, '40'),
  step('dec', false, 1, '48'),
  {
    name: 'neg',
    encodings: ['f6 /3 Eb', 'f7 /3 Ev'],
    lock: true,
    emit: (x) => x.modify(0, (old) => operations.sub!(x, i64.const(0), old)),
  },
  {
    name: 'not',
    encodings: ['f6 /2 Eb', 'f7 /2 Ev'],
    lock: true,
    emit: (x) => x.modify(0, (old) => i64.xor(old, i64.const(-1))),
  },
  {
    name: 'xadd',
    encodings: ['0f c0 Eb,Gb', '0f c1 Ev,Gv'],
    lock: true,
    emit: (x) => {
      const added = x.read(1);
      const before = x.body.local('i64');
      x.modify(0, (old) => {
        x.body.set(before, old);
        const sum = operations.add!(x, old, added);
        if (!x.isMemory(0)) x.write(1, old);
        return sum;
      });
      if (x.isMemory(0)) x.write(1, before);
    },
  },
  {
    name: 'cmpxchg',
    encodings: ['0f b0 Eb,Gb', '0f b1 Ev,Gv'],
    lock: true,
    emit: (x) => {
      const replacement = x.read(1);
      const accumulator = x.readGpr(GPR.RAX, x.size);
      const equal = x.body.local('i32');
      const before = x.body.local('i64');
      if (!x.isMemory(0)) {
        // A register that differs is left alone: not even its upper half is cleared.
        const old = x.read(0);
        operations.sub!(x, accumulator, old);
        x.body.if(
          i64.eq(accumulator, old),
          () => x.write(0, replacement),
          () => x.writeGpr(GPR.RAX, old, x.size),
        );
        return;
      }
      // Memory is written in either case, as the processor does.
      x.modify(0, (old) => {
        x.body.set(before, old);
        x.body.set(equal, i64.eq(accumulator, old));
        operations.sub!(x, accumulator, old);
        const value = x.body.local('i64');
        x.body.if(
          equal,
          () => x.body.set(value, replacement),
          () => x.body.set(value, old),
        );
        return value;
      });
      x.body.if(i32.eqz(equal), () => x.writeGpr(GPR.RAX, before, x.size));
    },
  },
  {
    name: 'cmpxchg8b',
    encodings: ['0f c7 /1 Mq'],
    lock: true,
    emit: (x) => compareExchangePair(x),
  },
  {
    name: 'cmpxchg16b',
    encodings: ['0f c7 /1 Mx ;o64 w1'],
    lock: true,
    emit: (x) => {
      const address = x.address(0, 128, true);
      x.checkAligned(address, 16);
      const high = x.body.let(i64.add(address, i64.const(8)));
      // An aligned 16-byte operand never crosses a page: when one half can be written, so can the other.
      const oldLow = x.body.local('i64');
      x.modifyAt(
        address,
        (old) => {
          x.body.set(oldLow, old);
          return old;
        },
        64,
      );
      const oldHigh = x.load(high, 64);
      const equal = x.body.let(
        i32.and(i64.eq(oldLow, x.readGpr(GPR.RAX)), i64.eq(oldHigh, x.readGpr(GPR.RDX))),
      );
      const low = x.body.local('i64');
      const top = x.body.local('i64');
      x.body.if(
        equal,
        () => {
          x.body.set(low, x.readGpr(GPR.RBX));
          x.body.set(top, x.readGpr(GPR.RCX));
        },
        () => {
          x.body.set(low, oldLow);
          x.body.set(top, oldHigh);
        },
      );
      x.store(address, low, 64);
      x.store(high, top, 64);
      x.flags.setZero(equal);
      x.body.if(i32.eqz(equal), () => {
        x.writeGpr(GPR.RAX, oldLow);
        x.writeGpr(GPR.RDX, oldHigh);
      });
    },
  },
];

function compareExchangePair(x: Emitter): void {
  const expected = x.body.let(i64.or(x.readGpr(GPR.RAX, 32), i64.shl(x.readGpr(GPR.RDX, 32), i64.const(32))));
  const replacement = x.body.let(
    i64.or(x.readGpr(GPR.RBX, 32), i64.shl(x.readGpr(GPR.RCX, 32), i64.const(32))),
  );
  const equal = x.body.local('i32');
  const before = x.body.local('i64');
  x.modify(
    0,
    (old) => {
      x.body.set(before, old);
      x.body.set(equal, i64.eq(old, expected));
      const value = x.body.local('i64');
      x.body.if(
        equal,
        () => x.body.set(value, replacement),
        () => x.body.set(value, old),
      );
      return value;
    },
    64,
  );
  x.flags.setZero(equal);
  x.body.if(i32.eqz(equal), () => {
    x.writeGpr(GPR.RAX, zeroExtend(before, 32), 32);
    x.writeGpr(GPR.RDX, i64.shr_u(before, i64.const(32)), 32);
  });
}
