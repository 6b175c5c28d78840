import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { guest } from '../boot/guests.js';
import { scratch, shell } from './command.js';

const action = parse(readFileSync(new URL('../../action.yml', import.meta.url), 'utf8'));

test('every input is used, and what is used is an input', () => {
  const used = [...JSON.stringify(action.runs).matchAll(/inputs\.([a-z-]+)/g)].map(([, name]) => name);
  expect([...new Set(used)].sort()).toEqual(Object.keys(action.inputs).sort());
});

test('its check writes annotations, SARIF and the summary of the job, and fails as the command does', () => {
  const file = scratch();
  const works = file('works 1', guest('works'));
  file('works 2', guest('works'));
  const dies = file('dies', guest('dies'));
  const folder = dirname(works);
  const { env, run } = action.runs.steps.find(({ name }: { name: string }) => name === 'Check');
  const script = file('step', run);
  const summary = file('summary', '');
  const values: Readonly<Record<string, string>> = {
    image: `${folder}/works ?\n${dies}\n${folder}/none`,
    options: '--no-vary -q -m 64 --budget 1M --platform bare',
    sarif: join(folder, 'out.sarif'),
  };
  const inputs = Object.entries(env as Record<string, string>).map(([variable, value]) => {
    const name = /inputs\.([a-z-]+)/.exec(value)![1]!;
    return [variable, values[name] ?? String(action.inputs[name].default ?? '')] as const;
  });
  // GitHub has bash end at the first command that fails.
  const start = [
    ...inputs.map(([name, value]) => `export ${name}='${value}'`),
    `export GITHUB_ACTION_PATH='${folder}' GITHUB_STEP_SUMMARY='${summary}'`,
    // What the other tests run stands for what the action has built.
    `node() { shift; command "\${program[@]}" "$@"; }; program=("$@")`,
    `set -eo pipefail; source '${script}'`,
  ];
  const { code, stdout, stderr } = shell(start.join('\n'));
  expect({ code, stderr }).toEqual({ code: 2, stderr: '' });
  expect(stdout).toMatch(/^::error title=not judged%3A none::cannot be read: no such file\n/);
  expect(stdout).toMatch(/\n::error title=entry-does-not-boot%3A dies::/);
  expect(readFileSync(summary, 'utf8')).toMatch(/^✗ \*\*zeropage check does not hold/);
  const { runs } = JSON.parse(readFileSync(values.sarif!, 'utf8'));
  expect(runs[0].artifacts).toHaveLength(4);
  expect(runs[0].results).toHaveLength(1);
});
