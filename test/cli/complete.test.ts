import { spawnSync } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, test } from 'vitest';
import { commands } from '../../src/cli/commands.js';
import { answer } from '../../src/cli/completion/answer.js';
import { wholeProgram } from '../../src/cli/program.js';
import { entries } from '../../src/entry/entries.js';
import { anyMissing } from '../../tools/check/missing.js';
import { scratch, shell, zeropage } from './command.js';

const program = await wholeProgram();
/** The candidates, and whether files could stand there too. */
async function said(...words: string[]): Promise<{ names: string[]; files: boolean }> {
  const lines = (await answer(program, words)).trimEnd().split('\n');
  return { names: lines.slice(0, -1).map((line) => line.split('\t')[0]!), files: lines.at(-1) === ':0' };
}

describe('what could stand there', () => {
  test('commands', async () => {
    const { names, files } = await said('');
    expect({ names, files }).toEqual({ names: [...commands.map(({ name }) => name), 'help'], files: false });
    expect((await said('in')).names).toEqual(['inspect']);
    expect((await said('help', 'ma')).names).toEqual(['matrix']);
  });

  test.each([
    [['boot', '--ent'], ['--entry']],
    [
      ['boot', '--entry', 'linux'],
      ['linux16', 'linux32', 'linux64'],
    ],
    [
      ['boot', 'vmlinuz', '--platform', 'xen'],
      ['xen-pv', 'xen-pvh'],
    ],
    [['boot', '--until', 'start_'], ['start_kernel']],
    [
      ['boot', '--chipset', ''],
      ['pc', 'reduced'],
    ],
    [
      ['matrix', '--format', 'j'],
      ['json', 'junit'],
    ],
    [
      ['guest', '--entry', 'multi'],
      ['multiboot', 'multiboot2'],
    ],
    [['loaders', '--only', 'cloud'], ['cloud-hypervisor']],
    [['file', '--is-x86-p'], ['--is-x86-pvh']],
    [
      ['complete', ''],
      ['bash', 'zsh', 'fish'],
    ],
    [['boot', '--append', ''], []],
    [['boot', '-m', ''], []],
    [['--ver'], ['--version']],
    [['nonsense', ''], []],
  ])('%j', async (words, names) => expect(await said(...words)).toEqual({ names, files: false }));

  test.each([
    ['inspect', 'vml'],
    ['boot', '--initrd', ''],
    ['boot', '--json', ''],
    ['matrix', '-o', ''],
    ['types', ''],
  ])('a file: %s %s', async (...words) => expect(await said(...words)).toEqual({ names: [], files: true }));

  test('the command says the same, and loads only what it needs', () => {
    const ids = entries.map(({ id }) => id);
    const { code, stdout } = zeropage(['complete', '--', 'entries', '']);
    expect({ code, stdout }).toEqual({ code: 0, stdout: `${ids.map((id) => `${id}\t\n`).join('')}:4\n` });
  });
});

/** Each shell, made to complete a line by its own means. */
describe('in a shell', () => {
  const file = scratch();
  const folder = dirname(file('kernel-image', ''));
  const quoted = shell(`printf ' "%s"' "$@"`).stdout;
  const path = file('zeropage', `#!/bin/sh\nexec${quoted} "$@"\n`);
  chmodSync(path, 0o755);
  const env = { ...process.env, PATH: `${folder}:${process.env.PATH}`, HOME: folder };

  const bash = anyMissing('/usr/share/bash-completion/bash_completion');
  test.skipIf(bash)(`bash (${bash ?? 'bash-completion'})`, () => {
    const complete = (line: string): string => {
      const script = [
        'source /usr/share/bash-completion/bash_completion; source <(zeropage complete bash)',
        'COMP_LINE="$*"; COMP_POINT=`printf %s "$*" | wc -c`; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))',
        '__zeropage_complete 2>/dev/null; declare -p COMPREPLY; complete -p zeropage',
      ].join('\n');
      return spawnSync('bash', ['-c', script, 'bash', ...line.split(' ')], {
        encoding: 'utf8',
        env,
        cwd: folder,
      }).stdout;
    };
    const [entries, registered] = complete('zeropage boot --entry linux').split('\n');
    expect(entries).toBe('declare -a COMPREPLY=([0]="linux16" [1]="linux32" [2]="linux64")');
    expect(registered).toBe('complete -o default -F __zeropage_complete zeropage');
    expect(complete('zeropage ins')).toContain('COMPREPLY=([0]="inspect")');
    // Bash takes files then, by -o default.
    expect(complete('zeropage inspect ker')).toContain('COMPREPLY=()');
  });

  const fish = anyMissing('fish');
  test.skipIf(fish)(`fish (${fish ?? 'fish'})`, () => {
    const complete = (line: string): string[] => {
      const script = 'zeropage complete fish | source; complete --do-complete $argv[1]';
      const { stdout } = spawnSync('fish', ['-c', script, line], { encoding: 'utf8', env, cwd: folder });
      return stdout
        .trim()
        .split('\n')
        .map((row) => row.split('\t')[0]!);
    };
    expect(complete('zeropage boot --entry linux')).toEqual(['linux16', 'linux32', 'linux64']);
    expect(complete('zeropage inspect ker')).toEqual(['kernel-image']);
  });

  const zsh = anyMissing('zsh');
  test.skipIf(zsh)(`zsh takes the script (${zsh ?? 'zsh'})`, () => {
    const script =
      'autoload -U compinit; compinit -u -D; source <(zeropage complete zsh); print -r -- $_comps[zeropage]';
    const { stdout, stderr } = spawnSync('zsh', ['-f', '-c', script], { encoding: 'utf8', env });
    expect({ stdout, stderr }).toEqual({ stdout: '_zeropage\n', stderr: '' });
  });
});
