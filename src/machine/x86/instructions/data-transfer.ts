import { GPR } from '../../../abi/x86/registers.js';
import { i64 } from '../../wasm/code.js';
import { signExtend } from '../flags/flags.js';
import type { InstructionDescription } from '../instruction.js';
import { linearAddress } from '../segments/linear-address.js';
import { conditions } from './conditions.js';

export const dataTransfer: InstructionDescription[] = [
  {
    name: 'mov',
    encodings: [
      '88 Eb,Gb',
      '89 Ev,Gv',
      '8a Gb,Eb',
      '8b Gv,Ev',
      'a0 AL,Ob',
      'a1 rAX,Ov',
      'a2 Ob,AL',
      'a3 Ov,rAX',
      'b0+r Zb,Ib',
      'b8+r Zv,Iv',
      'c6 /0 Eb,Ib',
      'c7 /0 Ev,Iz',
    ],
    emit: (x) => x.write(0, x.read(1)),
  },
  { name: 'movzx', encodings: ['0f b6 Gv,Eb', '0f b7 Gv,Ew'], emit: (x) => x.write(0, x.read(1)) },
  {
    name: 'movsx',
    encodings: ['0f be Gv,Eb', '0f bf Gv,Ew'],
    emit: (x) => x.write(0, signExtend(x.read(1), x.sizes[1]!)),
  },
  { name: 'movsxd', encodings: ['63 Gv,Ed ;o64'], emit: (x) => x.write(0, signExtend(x.read(1), 32)) },
  { name: 'lea', encodings: ['8d Gv,M'], emit: (x) => x.write(0, x.effectiveAddress(1)) },
  {
    name: 'xchg',
    encodings: ['86 Eb,Gb', '87 Ev,Gv', '90+r rAX,Zv'],
    lock: true,
    emit: (x) => {
      const other = x.read(1);
      const before = x.body.local('i64');
      x.modify(0, (old) => {
        x.body.set(before, old);
        return other;
      });
      x.write(1, before);
    },
  },
  {
    name: 'bswap',
    encodings: ['0f c8+r Zv'],
    emit: (x) => {
      if (x.size === 16) {
        // Undefined by the manual; processors write 0.
        x.write(0, i64.const(0));
        return;
      }
      const value = x.read(0);
      const swapPairs = (by: number, mask: bigint, v: ReturnType<typeof i64.const>) =>
        i64.or(
          i64.and(i64.shr_u(v, i64.const(by)), i64.const(mask)),
          i64.shl(i64.and(v, i64.const(mask)), i64.const(by)),
        );
      const bytes = x.body.let(swapPairs(8, 0x00ff00ff00ff00ffn, value));
      const words = x.body.let(swapPairs(16, 0x0000ffff0000ffffn, bytes));
      const all = i64.rotl(words, i64.const(32));
      x.write(0, x.size === 64 ? all : i64.shr_u(all, i64.const(64 - x.size)));
    },
  },
  ...conditions.map(
    (name, cc): InstructionDescription => ({
      name: `set${name}`,
      encodings: [`0f ${(0x90 + cc).toString(16)} Eb`],
      emit: (x) => x.write(0, i64.extend_u(x.flags.condition(cc))),
    }),
  ),
  ...conditions.map(
    (name, cc): InstructionDescription => ({
      name: `cmov${name}`,
      encodings: [`0f ${(0x40 + cc).toString(16)} Gv,Ev`],
      emit: (x) => {
        // The source is read, and a 32-bit destination zero-extended, whatever the condition.
        const source = x.read(1);
        const value = x.read(0);
        x.body.if(x.flags.condition(cc), () => x.body.set(value, source));
        x.write(0, value);
      },
    }),
  ),
  {
    name: 'cbw/cwde/cdqe',
    encodings: ['98'],
    emit: (x) => {
      const half = (x.size / 2) as 8 | 16 | 32;
      x.writeGpr(GPR.RAX, signExtend(x.readGpr(GPR.RAX, half), half), x.size);
    },
  },
  {
    name: 'cwd/cdq/cqo',
    encodings: ['99'],
    emit: (x) =>
      x.writeGpr(GPR.RDX, i64.shr_s(signExtend(x.readGpr(GPR.RAX, x.size), x.size), i64.const(63)), x.size),
  },
  {
    name: 'salc',
    encodings: ['d6 ;i64'],
    emit: (x) => x.writeGpr(GPR.RAX, i64.sub(i64.const(0), i64.extend_u(x.flags.cf())), 8),
  },
  {
    name: 'xlat',
    encodings: ['d7'],
    ends: false,
    system: (cpu, instruction) => {
      const sum = cpu.readGpr(GPR.RBX, 64) + cpu.readGpr(GPR.RAX, 8);
      const offset = BigInt.asUintN(instruction.addressSize, sum);
      const address = linearAddress(cpu, instruction, instruction.segment, offset, 1, false);
      cpu.writeGpr(GPR.RAX, cpu.linear.read(address, 1), 8);
    },
  },
  // Without REX.B, 90 is no exchange: it would clear the upper half of RAX.
  { name: 'nop', encodings: ['90 ;b0', 'f3 90 ;b0'], emit: () => {} },
  {
    // Their operands are never accessed.
    name: 'hint',
    encodings: ['0f 0d M', ...[8, 9, 10, 11, 12, 13, 14, 15].map((low) => `0f 1${low.toString(16)} Ev`)],
    emit: () => {},
  },
  {
    name: 'fence',
    encodings: ['np 0f ae modrm=e8+i', 'np 0f ae modrm=f0+i', 'np 0f ae modrm=f8+i'],
    emit: () => {},
  },
  { name: 'clflush', encodings: ['np 0f ae /7 Mb'], emit: (x) => void x.read(0) },
  { name: 'movnti', encodings: ['np 0f c3 My,Gy'], emit: (x) => x.write(0, x.read(1)) },
];
