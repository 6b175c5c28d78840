import type { Cpu } from '../machine/x86/cpu.js';
import { advertises, type CpuidFeature, cpuidFeatures } from '../machine/x86/cpuid.js';
import type { DecodedWithEncoding } from '../machine/x86/decoder/decoder.js';

/** Where CPUID says that a processor has an extension: leaf, subleaf, register, bit. */
type CpuidBit = readonly [
  leaf: number,
  subleaf: number,
  register: 'eax' | 'ebx' | 'ecx' | 'edx',
  bit: number,
];

interface Extension {
  readonly name: string;
  /** Absent where no bit stands for it alone. */
  readonly cpuid?: CpuidBit;
}

const extension = (name: string, ...cpuid: CpuidBit): Extension => ({ name, cpuid });

const known = {
  avx: extension('AVX', 1, 0, 'ecx', 28),
  avx512: extension('AVX-512', 7, 0, 'ebx', 16),
  bmi1: extension('BMI1', 7, 0, 'ebx', 3),
  bmi2: extension('BMI2', 7, 0, 'ebx', 8),
  xop: extension('XOP', 0x80000001, 0, 'ecx', 11),
  threeDNow: extension('3DNow!', 0x80000001, 0, 'edx', 31),
  ssse3: extension('SSSE3', 1, 0, 'ecx', 9),
  sse41: extension('SSE4.1', 1, 0, 'ecx', 19),
  sse42: extension('SSE4.2', 1, 0, 'ecx', 20),
  aes: extension('AES-NI', 1, 0, 'ecx', 25),
  pclmul: extension('PCLMULQDQ', 1, 0, 'ecx', 1),
  sha: extension('SHA', 7, 0, 'ebx', 29),
  adx: extension('ADX', 7, 0, 'ebx', 19),
  gfni: extension('GFNI', 7, 0, 'ecx', 8),
  movbe: extension('MOVBE', 1, 0, 'ecx', 22),
  vmx: extension('VMX', 1, 0, 'ecx', 5),
  svm: extension('SVM', 0x80000001, 0, 'ecx', 2),
  pku: extension('PKU', 7, 0, 'ecx', 3),
  sgx: extension('SGX', 7, 0, 'ebx', 2),
  serialize: extension('SERIALIZE', 7, 0, 'edx', 14),
  monitor: extension('MONITOR', 1, 0, 'ecx', 3),
  snp: { name: 'SEV-SNP' },
  cet: extension('CET', 7, 0, 'ecx', 7),
  waitpkg: extension('WAITPKG', 7, 0, 'ecx', 5),
  cldemote: extension('MOVDIRI, MOVDIR64B or ENQCMD', 7, 0, 'ecx', 27),
  xsavec: extension('XSAVEC', 0xd, 1, 'eax', 1),
  xsaves: extension('XSAVES', 0xd, 1, 'eax', 3),
} as const satisfies Record<string, Extension>;

/** Opcodes of the maps by the extension they belong to: [map, first, last, prefix if it matters]. */
const ranges: readonly (readonly [Extension, string, number, number, number?])[] = [
  [known.ssse3, '0f38', 0x00, 0x0b],
  [known.ssse3, '0f38', 0x1c, 0x1e],
  [known.sse41, '0f38', 0x10, 0x17],
  [known.sse41, '0f38', 0x20, 0x35],
  [known.sse42, '0f38', 0x37, 0x37],
  [known.sse41, '0f38', 0x38, 0x41],
  [known.vmx, '0f38', 0x80, 0x81],
  [known.sha, '0f38', 0xc8, 0xcd],
  [known.gfni, '0f38', 0xcf, 0xcf],
  [known.aes, '0f38', 0xdb, 0xdf],
  [known.sse42, '0f38', 0xf0, 0xf1, 0xf2],
  [known.movbe, '0f38', 0xf0, 0xf1],
  [known.cet, '0f38', 0xf5, 0xf5],
  [known.adx, '0f38', 0xf6, 0xf6, 0x66],
  [known.adx, '0f38', 0xf6, 0xf6, 0xf3],
  [known.cet, '0f38', 0xf6, 0xf6],
  [known.cldemote, '0f38', 0xf8, 0xf9],
  [known.sse41, '0f3a', 0x08, 0x0e],
  [known.ssse3, '0f3a', 0x0f, 0x0f],
  [known.sse41, '0f3a', 0x14, 0x22],
  [known.sse41, '0f3a', 0x40, 0x42],
  [known.pclmul, '0f3a', 0x44, 0x44],
  [known.sse42, '0f3a', 0x60, 0x63],
  [known.sha, '0f3a', 0xcc, 0xcc],
  [known.gfni, '0f3a', 0xce, 0xcf],
  [known.aes, '0f3a', 0xdf, 0xdf],
  [known.threeDNow, '0f', 0x0e, 0x0f],
  [known.vmx, '0f', 0x78, 0x79],
];

/** 0F 01 with a register form: the second byte says all. */
const systemForms: Readonly<Record<number, Extension>> = {
  0xc1: known.vmx,
  0xc2: known.vmx,
  0xc3: known.vmx,
  0xc4: known.vmx,
  0xc8: known.monitor,
  0xc9: known.monitor,
  0xcf: known.sgx,
  0xd4: known.vmx,
  0xd7: known.sgx,
  0xd8: known.svm,
  0xd9: known.svm,
  0xda: known.svm,
  0xdb: known.svm,
  0xdc: known.svm,
  0xdd: known.svm,
  0xde: known.svm,
  0xdf: known.svm,
  0xe8: known.serialize,
  0xee: known.pku,
  0xef: known.pku,
  0xfe: known.snp,
  0xff: known.snp,
};

/**
 * Why an instruction raised #UD, in a clause that goes on from "the instruction …". Undefined where it did so on purpose
 * (UD2 is the kernel's BUG and WARN) or nothing can be said.
 */
export function missingInstruction(
  cpu: Cpu,
  bytes: Uint8Array,
  instruction: DecodedWithEncoding | undefined,
  codeBits: number,
): string | undefined {
  if (bytes.length === 0) return undefined;
  // There for a platform that takes them; #UD says that this one does not.
  const isHypercall = instruction && /^vmm?call$/.test(instruction.description.name);
  if (instruction && !isHypercall) {
    const { name } = instruction.description;
    const found = Object.entries(cpuidFeatures).find(([, feature]) =>
      (feature as { instructions?: readonly string[] }).instructions?.includes(name),
    );
    if (/^ud\d$/.test(name) || !found || advertises(cpu.outside.cpuid, found[0] as CpuidFeature))
      return undefined;
    return `needs the CPU feature ${found[0]}, which this processor profile does not have`;
  }
  const needed = extensionOf(bytes, codeBits);
  if (!needed) return 'is not one that this machine knows';
  const has = needed.cpuid && bitOf(cpu, needed.cpuid);
  return has
    ? `belongs to ${needed.name}, which the processor profile advertises but this machine does not implement`
    : `belongs to ${needed.name}, which this processor does not have, as CPUID says`;
}

function bitOf(cpu: Cpu, [leaf, subleaf, register, bit]: CpuidBit): boolean {
  return ((cpu.outside.cpuid(leaf, subleaf)[register] >>> bit) & 1) === 1;
}

/** The extension an encoding belongs to, judged by prefixes and opcode (Intel SDM vol. 2, appendix A). */
function extensionOf(bytes: Uint8Array, codeBits: number): Extension | undefined {
  let at = 0;
  let prefix = 0;
  for (; at < bytes.length; at++) {
    const byte = bytes[at]!;
    if (byte === 0x66 || byte === 0xf2 || byte === 0xf3) prefix = byte;
    else if (![0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65, 0x67, 0xf0].includes(byte)) break;
  }
  if (codeBits === 64 && (bytes[at]! & 0xf0) === 0x40) at++;
  const [first, second, third] = [bytes[at]!, bytes[at + 1]!, bytes[at + 2]!];
  // VEX and EVEX take the place of LDS, LES and BOUND with a register, which do not exist.
  const isVector = codeBits === 64 || second >= 0xc0;
  if (first === 0x62 && isVector) return known.avx512;
  if (first === 0xc5 && isVector) return known.avx;
  if (first === 0xc4 && isVector) return vex3(second, third, bytes[at + 3]!);
  if (first === 0x8f && (second & 0x1f) >= 8) return known.xop;
  if (first !== 0x0f) return undefined;
  if (second === 0x01) return systemForms[third];
  if (second === 0xc7)
    return [undefined, undefined, undefined, known.xsaves, known.xsavec, known.xsaves][(third >> 3) & 7];
  if (second === 0xae) return (third & 0x38) === 0x28 && prefix === 0xf3 ? known.cet : known.waitpkg;
  const map = second === 0x38 ? '0f38' : second === 0x3a ? '0f3a' : '0f';
  const opcode = map === '0f' ? second : third;
  return ranges.find(
    ([, where, low, high, needs]) =>
      where === map && opcode >= low && opcode <= high && (needs === undefined || needs === prefix),
  )?.[0];
}

/** Three-byte VEX: BMI lives in maps 2 and 3, among AVX and what builds on it. */
function vex3(second: number, third: number, opcode: number): Extension {
  const map = second & 0x1f;
  if (map === 2 && (opcode === 0xf2 || opcode === 0xf3)) return known.bmi1;
  if (map === 2 && opcode === 0xf7) return third & 3 ? known.bmi2 : known.bmi1;
  if ((map === 2 && (opcode === 0xf5 || opcode === 0xf6)) || (map === 3 && opcode === 0xf0))
    return known.bmi2;
  return known.avx;
}
