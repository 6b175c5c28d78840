import { FLAG } from '../../../abi/x86/flags.js';
import { VECTOR } from '../../../abi/x86/vectors.js';
import { raise } from '../exceptions/fault.js';
import type { InstructionDescription } from '../instruction.js';
import type { Processor } from '../processor.js';

const AL = 0;
const RESULT = FLAG.SF | FLAG.ZF | FLAG.PF;

/** SF, ZF and PF of a byte. */
function resultFlags(value: number): number {
  let low = value ^ (value >> 4);
  low = (0x9669 >> (low & 15)) & 1;
  return (value & 0x80 ? FLAG.SF : 0) | (value === 0 ? FLAG.ZF : 0) | (low ? FLAG.PF : 0);
}

/** DAA and DAS: AL after adding or subtracting packed decimals. OF is undefined, and cleared. */
function adjustPacked(cpu: Processor, direction: 1 | -1): void {
  const old = Number(cpu.readGpr(AL, 8));
  const { flags } = cpu;
  let value = old;
  let carry = false;
  let adjust = false;
  if ((old & 15) > 9 || flags & FLAG.AF) {
    value += 6 * direction;
    carry = (flags & FLAG.CF) !== 0 || (direction < 0 && value < 0);
    adjust = true;
  }
  if (old > 0x99 || flags & FLAG.CF) {
    value += 0x60 * direction;
    carry = true;
  }
  value &= 0xff;
  cpu.writeGpr(AL, BigInt(value), 8);
  const kept = flags & ~(RESULT | FLAG.CF | FLAG.AF | FLAG.OF);
  cpu.flags = kept | resultFlags(value) | (carry ? FLAG.CF : 0) | (adjust ? FLAG.AF : 0);
}

/** AAA and AAS: AX after adding or subtracting unpacked decimals. SF, ZF, PF and OF are undefined. */
function adjustUnpacked(cpu: Processor, direction: 1 | -1): void {
  let value = Number(cpu.readGpr(AL, 16));
  const { flags } = cpu;
  const adjust = (value & 15) > 9 || (flags & FLAG.AF) !== 0;
  if (adjust) value += 0x106 * direction;
  cpu.writeGpr(AL, BigInt(value & 0xff0f), 16);
  const kept = flags & ~(RESULT | FLAG.CF | FLAG.AF | FLAG.OF);
  cpu.flags = kept | resultFlags(value & 15) | (adjust ? FLAG.CF | FLAG.AF : 0);
}

/** Flags after AAM and AAD: CF, AF and OF are undefined, and cleared. */
function setResult(cpu: Processor, value: number): void {
  cpu.flags = (cpu.flags & ~(RESULT | FLAG.CF | FLAG.AF | FLAG.OF)) | resultFlags(value);
}

/** Decimal arithmetic, which 64-bit mode does not have. */
export const decimal: InstructionDescription[] = [
  { name: 'daa', encodings: ['27 ;i64'], ends: false, system: (cpu) => adjustPacked(cpu, 1) },
  { name: 'das', encodings: ['2f ;i64'], ends: false, system: (cpu) => adjustPacked(cpu, -1) },
  { name: 'aaa', encodings: ['37 ;i64'], ends: false, system: (cpu) => adjustUnpacked(cpu, 1) },
  { name: 'aas', encodings: ['3f ;i64'], ends: false, system: (cpu) => adjustUnpacked(cpu, -1) },
  {
    name: 'aam',
    encodings: ['d4 Ib ;i64'],
    ends: false,
    system: (cpu, { operands }) => {
      const base = Number((operands[0] as { value: bigint }).value);
      if (base === 0) raise(VECTOR.DE);
      const value = Number(cpu.readGpr(AL, 8));
      cpu.writeGpr(AL, BigInt((Math.floor(value / base) << 8) | (value % base)), 16);
      setResult(cpu, value % base);
    },
  },
  {
    name: 'aad',
    encodings: ['d5 Ib ;i64'],
    ends: false,
    system: (cpu, { operands }) => {
      const base = Number((operands[0] as { value: bigint }).value);
      const pair = Number(cpu.readGpr(AL, 16));
      const value = ((pair & 0xff) + (pair >> 8) * base) & 0xff;
      cpu.writeGpr(AL, BigInt(value), 16);
      setResult(cpu, value);
    },
  },
];
