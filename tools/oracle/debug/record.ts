import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { code, data, debugCases } from './cases.js';

/**
 * Asks the host's own processor what user-mode code raises with breakpoints on data and instructions, single steps and
 * alignment checks: `npx tsx tools/oracle/debug/record.ts`. Wants Linux on x86-64 with ptrace, gcc and nasm.
 */
const here = dirname(fileURLToPath(import.meta.url));
const output = join(here, '../../../test/machine/fixtures/debug.json');
const directory = mkdtempSync(join(tmpdir(), 'zeropage-'));

function run(program: string, args: readonly string[], input?: string): string {
  const { status, stdout, stderr, error } = spawnSync(program, args, { encoding: 'utf8', input });
  if (error) throw error;
  if (status !== 0) throw new Error(`${program}: ${stderr}`);
  return stdout;
}

function assemble(text: string): string {
  const [source, binary] = [join(directory, 'code.asm'), join(directory, 'code.bin')];
  // HLT raises #GP in user mode, which ends a case.
  writeFileSync(source, `bits 64\norg ${code}\nstart:\nmov ebx, ${data}\n${text}\nhlt\n`);
  run('nasm', ['-f', 'bin', '-o', binary, source]);
  return readFileSync(binary).toString('hex');
}

try {
  const program = join(directory, 'host');
  run('gcc', ['-O1', '-o', program, join(here, 'host.c')]);
  const cases = debugCases.map(({ name, code: text, flags = 0, dr = [], dr7 = 0 }) => ({
    name: name.replaceAll('\n', '; '),
    code: assemble(text),
    flags,
    dr: [0, 1, 2, 3].map((n) => dr[n] ?? 0),
    dr7,
  }));
  const input = cases.map(({ code: bytes, flags, dr, dr7 }) =>
    [bytes, ...[flags, ...dr, dr7].map((value) => value.toString(16))].join(' '),
  );
  const lines = run(program, [], `${input.join('\n')}\n`)
    .trimEnd()
    .split('\n');
  if (lines.length !== cases.length) throw new Error(`${lines.length} answers to ${cases.length} cases`);
  const recorded = cases.map((one, i) => JSON.stringify({ ...one, events: lines[i]!.split(' ') }));
  const processor = /model name\s*: (.*)/.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1];
  writeFileSync(
    output,
    `{"processor": ${JSON.stringify(processor)}, "cases": [\n${recorded.join(',\n')}\n]}\n`,
  );
  console.log(`${cases.length} cases`);
} finally {
  rmSync(directory, { recursive: true });
}
