import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import type { Autopsy } from '../../src/autopsy/autopsy.js';
import { autopsyLines, autopsyText } from '../../src/report/text/autopsy.js';
import { pageOf } from '../../src/report/text/page.js';
import { crashed, type Setting } from './crafted.js';

const schema = JSON.parse(readFileSync(new URL('../../schema/autopsy.schema.json', import.meta.url), 'utf8'));
const valid = new Ajv2020({ allErrors: true, allowUnionTypes: true }).compile(schema);

const nullRead = [0x31, 0xc0, 0x8b, 0x00];
const cases: Readonly<Record<string, readonly [readonly number[], Setting]>> = {
  'triple fault': [nullRead, { prepare: ({ put }) => put(0xb000, 0n) }],
  'real mode': [[0x0f, 0x0b], { bits: 16 }],
  '32 bits': [[0xb9, 0x48, 0, 0, 0, 0x0f, 0x30], { bits: 32 }],
  halt: [[0xfa, 0xf4], {}],
  panic: [[0xfa, 0xf4], { console: '[    1.0] Kernel panic - not syncing: at all\r\n' }],
  stuck: [[0xe4, 0x99, 0xeb, 0xfc], { stop: 'stuck', budget: 5000 }],
  budget: [[0xeb, 0xfe], { budget: 5000 }],
  program: [[0x90, 0xf4], { cpl: 3 }],
};

async function all(): Promise<[string, Autopsy][]> {
  const found: [string, Autopsy][] = [];
  for (const [name, [code, setting]] of Object.entries(cases)) {
    found.push([name, (await crashed(code, setting)).autopsy]);
  }
  return found;
}

test('every autopsy is as the schema says', async () => {
  for (const [name, autopsy] of await all()) {
    valid(JSON.parse(JSON.stringify(autopsy)));
    expect([name, valid.errors]).toEqual([name, null]);
  }
});

describe('as text', () => {
  test.each([80, 100, 120])('no line is wider than %i columns', async (width) => {
    for (const [, autopsy] of await all()) {
      const long = {
        ...autopsy,
        cause: 'because '.repeat(30).trim(),
        log: ['[    0.000000] Command line: console=ttyS0 earlyprintk=ttyS0 and so on '.repeat(4)],
        lastFunctions: Array.from({ length: 16 }, (_, i) => ({
          instruction: i,
          function: `a_function_with_a_name_${i}`,
        })),
      };
      for (const verbose of [false, true]) {
        const lines = autopsyText(long, { width, verbose }).split('\n');
        expect(lines.filter((line) => line.length > width)).toEqual([]);
      }
    }
  });

  test('the sections in their order', async () => {
    const { autopsy } = await crashed(...cases['triple fault']!);
    const lines = autopsyText(autopsy).split('\n');
    expect(lines.filter((line) => /^\S/.test(line)).map((line) => line.split('  ')[0])).toEqual([
      'Autopsy',
      'Page tables',
      'Last functions',
      'Registers',
      'Try',
    ]);
    expect(lines[0]).toBe('Autopsy  after 1 instructions');
    expect(lines.join('\n')).toContain('  instruction         mov (%rax),%eax');
    expect(lines.join('\n')).toContain('  exceptions          #PF → #DF → shutdown');
    expect(lines.find((line) => line.startsWith('  PTE'))).toMatch(/^ {2}PTE {4}0xb000 {2}0x0 +not present$/);
  });

  test('what a guest prints cannot play with the terminal', async () => {
    const console = '\x1b[2J\x07hidden\r\n[    1.0] Kernel panic - not syncing: \x1b[31mred\r\n';
    const { autopsy } = await crashed([0xfa, 0xf4], { console });
    const text = autopsyText(autopsy);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it is about.
    expect(text).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f]/);
    expect(text).toContain('\\x1b[2J\\x07hidden');
  });

  test('a console that was shown is not shown again', async () => {
    const { autopsy } = await crashed(...cases.panic!);
    expect(autopsyText(autopsy)).toContain('\nConsole  last lines\n');
    expect(autopsyText(autopsy, { consoleShown: true })).not.toContain('Console');
  });

  test('the log is shown where it says more than the console', async () => {
    const { autopsy } = await crashed(...cases.halt!);
    const line = 'x86/fpu: Giving up';
    const log = [`[    0.000000] ${line}`];
    expect(autopsyText({ ...autopsy, log })).toContain("\nThe kernel's own log  all of it\n");
    expect(autopsyText({ ...autopsy, log, console: [`[    0.0] ${line}`] })).not.toContain('own log');
    // A console that fell silent: what the kernel said since.
    const both = autopsyText({
      ...autopsy,
      log: [...log, '[    0.1] PANIC'],
      console: [`[    0.0] ${line}`],
    });
    expect(both).toContain("\nThe kernel's own log  what did not get to the console\n  [    0.1] PANIC\n");
  });

  test('as part of a longer report it begins with an empty line', async () => {
    const { autopsy } = await crashed(...cases.halt!);
    expect(autopsyLines(autopsy, pageOf())[0]).toBe('');
    expect(autopsyText(autopsy)).toMatch(/^Autopsy/);
  });
});
