import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Bytes } from '../../src/core/bytes.js';
import { parseElf } from '../../src/image/container/elf.js';
import { missing } from '../../tools/check/missing.js';
import type { Mode } from '../machine/guest.js';

/** Why nothing can be assembled here. */
const noAssembler = missing('as');

const modes = {
  real: ['--32', '.code16'],
  protected: ['--32', '.code32'],
  long: ['--64', '.code64'],
} as const satisfies Record<Mode, readonly [string, string]>;

const known = new Map<string, string>();

/**
 * Instructions as pairs of hexadecimal digits, by GNU as: `asm64('mov rax, cr4; or ah, 8; mov cr4, rax')`. Intel syntax; `;` or
 * a new line ends an instruction; labels are local, and the first byte lies at 0. Of several encodings it takes the shortest: where a test
 * is about another one, `.byte` says it.
 */
export function assemble(mode: Mode, source: string): string {
  const key = `${mode} ${source}`;
  let hex = known.get(key);
  if (hex === undefined) known.set(key, (hex = assembled(mode, source)));
  return hex;
}

/** Of 16-, 32- and 64-bit code. */
export const asm16 = (source: string): string => assemble('real', source);
export const asm32 = (source: string): string => assemble('protected', source);
export const asm64 = (source: string): string => assemble('long', source);

function assembled(mode: Mode, source: string): string {
  // Too much of the processor's tests depends on it to skip them.
  if (noAssembler) throw new Error(noAssembler);
  const [width, bits] = modes[mode];
  const folder = mkdtempSync(join(tmpdir(), 'zeropage-as-'));
  try {
    const object = join(folder, 'code.o');
    const input = `.intel_syntax noprefix\n${bits}\n${source}\n`;
    const { status, stderr } = spawnSync('as', [width, '-o', object, '-'], { input, encoding: 'utf8' });
    if (status !== 0) throw new Error(`as: ${stderr}\n${source}`);
    const data = new Uint8Array(readFileSync(object));
    const elf = parseElf(new Bytes(data))!;
    if (elf.sections.some(({ name }) => name.startsWith('.rel')))
      throw new Error(`it needs a linker: ${source}`);
    const text = elf.sections.find(({ name }) => name === '.text')!;
    return Buffer.from(data.subarray(text.offset, text.offset + text.size))
      .toString('hex')
      .replace(/..(?=.)/g, '$& ');
  } finally {
    rmSync(folder, { recursive: true });
  }
}
