import { describe, expect, test } from 'vitest';
import { attSyntax } from '../../src/autopsy/att-syntax.js';
import { kernelElf } from '../../src/image/image.js';
import { openImage } from '../../src/image/open.js';
import { Decoder } from '../../src/machine/x86/decoder/decoder.js';
import { instructionSet } from '../../src/machine/x86/instructions/index.js';
import { corpusTest, output, withFile } from '../outside.js';

const decoder = new Decoder(instructionSet);

function disassemble(bytes: readonly number[], pc: bigint, bits: 16 | 32 | 64 = 64): string | undefined {
  const padded = Uint8Array.from([...bytes, ...new Array<number>(16).fill(0x90)]);
  const instruction = decoder.decode(padded, 0, pc, { bits, csBase: 0, real: false });
  return instruction && attSyntax(instruction);
}

const hexPairs = (text: string): number[] => text.split(' ').map((pair) => Number.parseInt(pair, 16));

describe('AT&T syntax', () => {
  test.each([
    ['48 89 e5', 'mov %rsp,%rbp'],
    ['c7 00 01 00 00 00', 'movl $0x1,(%rax)'],
    ['48 c7 40 08 ff ff ff ff', 'movq $0xffffffffffffffff,0x8(%rax)'],
    ['65 48 8b 04 25 28 00 00 00', 'mov %gs:0x28,%rax'],
    ['8b 45 00', 'mov 0x0(%rbp),%eax'],
    ['8b 44 b3 fc', 'mov -0x4(%rbx,%rsi,4),%eax'],
    ['48 8b 05 10 00 00 00', 'mov 0x10(%rip),%rax  # 0x1017'],
    ['e8 0b 00 00 00', 'call 0x1010'],
    ['ff d0', 'call *%rax'],
    ['ff 24 c5 00 00 00 82', 'jmp *-0x7e000000(,%rax,8)'],
    ['0f 84 fa ff ff ff', 'je 0x1000'],
    ['0f b6 c0', 'movzbl %al,%eax'],
    ['48 63 c7', 'movslq %edi,%rax'],
    ['48 98', 'cltq'],
    ['f3 48 ab', 'rep stos %rax,%es:(%rdi)'],
    ['f3 a4', 'rep movsb %ds:(%rsi),%es:(%rdi)'],
    ['f2 ae', 'repnz scas %es:(%rdi),%al'],
    ['f0 0f b1 0f', 'lock cmpxchg %ecx,(%rdi)'],
    ['d1 e0', 'shl $1,%eax'],
    ['d3 27', 'shll %cl,(%rdi)'],
    ['ec', 'in (%dx),%al'],
    ['e6 80', 'out %al,$0x80'],
    ['0f 22 d8', 'mov %rax,%cr3'],
    ['0f 30', 'wrmsr'],
    ['48 cf', 'iretq'],
    ['48 cb', 'lretq'],
    ['f3 90', 'pause'],
    ['f3 0f 1e fa', 'endbr64'],
    ['0f ae f0', 'mfence'],
    ['48 0f ae 08', 'fxrstor64 (%rax)'],
    ['dd 00', 'fldl (%rax)'],
    ['8e d8', 'mov %eax,%ds'],
  ])('%s', (bytes, text) => {
    expect(disassemble(hexPairs(bytes), 0x1000n)).toBe(text);
  });

  test('targets and what RIP leads to have names', () => {
    const named = (bytes: string): string => {
      const padded = Uint8Array.from([...hexPairs(bytes), ...new Array<number>(16).fill(0)]);
      const instruction = decoder.decode(padded, 0, 0x1000n, { bits: 64, csBase: 0, real: false })!;
      return attSyntax(instruction, (address) => `at_${address.toString(16)}`);
    };
    expect(named('e8 0b 00 00 00')).toBe('call 0x1010 <at_1010>');
    expect(named('48 8b 05 10 00 00 00')).toBe('mov 0x10(%rip),%rax  # <at_1017>');
    expect(named('89 c8')).toBe('mov %ecx,%eax');
  });
});

/** Where objdump and we differ on purpose: prefixes without effect, padding, extensions that the processor ignores. */
const unlike =
  /^(nop|data16|cs |ds |es |ss |xchg|tzcnt|lzcnt|rex|repz ret|notrack|bnd|lar|lsl|\(bad\)|movabs)/;

corpusTest('as objdump has it', 'debian-13-cloud-amd64', ['objdump'], async ({ data }) => {
  const kernel = kernelElf(await openImage(data))!;
  const text = kernel.formats.elf.segments.find(({ flags }) => flags & 1)!;
  const first = Number(text.vaddr & 0xfffffffn);
  const code = kernel.bytes.slice(text.offset, 0x40000);
  const listing = withFile(code, (path) =>
    output('objdump', '-D', '-b', 'binary', '-m', 'i386:x86-64', '-w', `--adjust-vma=${first}`, path),
  );
  const differing: string[] = [];
  let compared = 0;
  for (const line of listing.split('\n')) {
    const match = /^\s*([0-9a-f]+):\t((?:[0-9a-f]{2} )+)\s*\t(.*)$/.exec(line);
    if (!match) continue;
    const theirs = match[3]!
      .replace(/\s*[#<].*/, '')
      .trim()
      .replace(/\s+/g, ' ');
    const ours = disassemble(hexPairs(match[2]!.trim()), BigInt(`0x${match[1]}`))?.replace(/\s*#.*/, '');
    if (ours === undefined || unlike.test(theirs)) continue;
    compared++;
    // Older versions leave the one of a shift away.
    const same = [
      theirs,
      theirs.replace(/^((?:sh|sa|ro|rc)[lr][bwlq]?) ([^,]+|[^(]*\([^)]*\))$/, '$1 $$1,$2'),
    ];
    if (!same.includes(ours)) differing.push(`${match[2]}: ${ours} | ${theirs}`);
  }
  expect(compared).toBeGreaterThan(50_000);
  // Data between functions is disassembled as well, and may say anything.
  expect(differing.slice(0, 20)).toEqual([]);
});
