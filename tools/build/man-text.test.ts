import { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import { commands } from '../../src/cli/commands.js';
import { notes, wholeProgram } from '../../src/cli/program.js';
import { output, withFile } from '../../test/outside.js';
import { missing } from '../check/missing.js';
import { manPage } from './man-text.js';

const modules = new Map(
  await Promise.all(commands.map(async ({ name, load }) => [name, await load()] as const)),
);
const program = await wholeProgram();
const page = manPage(program, modules, { version: '1.2.3', notes });

describe('the manual', () => {
  test('has every command, argument, option and example, and they are those of --help', () => {
    const plain = page.replaceAll('\\-', '-').replaceAll('\\(dq', '"').replaceAll('\\(aq', "'");
    expect(program.commands.length).toBe(commands.length);
    for (const command of program.commands) {
      const [, own] = plain.split(`\n.SS zeropage ${command.name()} `);
      const section = own!.split(/\n\.S[SH] /)[0]!;
      for (const { flags, description } of command.options)
        expect(section).toContain(`${flags}\\fR\n${description}`);
      for (const each of command.registeredArguments) expect(section).toContain(`\\fB${each.name()}\\fR`);
      for (const [line] of modules.get(command.name())!.examples) expect(section).toContain(line);
    }
  });

  const reason = missing('mandoc');
  test.skipIf(reason)(`has no fault that mandoc knows (${reason ?? 'mandoc'})`, () => {
    withFile(new TextEncoder().encode(page), (path) => {
      // That it has no date: a build must not depend on when it was made.
      const faults = output('mandoc', '-T', 'lint', '-W', 'warning', path)
        .split('\n')
        .filter((line) => line && !line.includes('missing date'));
      expect(faults).toEqual([]);
      const text = output('mandoc', '-T', 'ascii', path).replaceAll(/.[\b]/g, '');
      expect(text).toMatch(/zeropage boot \[options\] <image>/);
      expect(text).toContain(`zeropage file --is-x86-pvh vmlinuz && echo 'has a PVH entry'`);
    });
  });

  test('nothing in a text is a request', () => {
    const odd = new Command('odd');
    odd.command('x').description('.SH "a\\b\'c…').argument('<a>', "'quoted");
    const made = manPage(odd, new Map([['x', { examples: [['odd x -y']] }]]), {
      version: '',
      notes: '.so /etc/passwd',
    });
    expect(made).toContain('\n\\&.so /etc/passwd\n');
    expect(made).toContain('\n\\&.SH \\(dqa\\eb\\(aqc\\&....\n');
    expect(made).toContain('\n\\(aqquoted\n');
  });
});
