import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

test('docs/debate.md shows what bench/debate.ts measures', () => {
  const root = fileURLToPath(new URL('../..', import.meta.url));
  const { status, stdout } = spawnSync('npx', ['tsx', 'bench/debate.ts'], { cwd: root, encoding: 'utf8' });
  expect([status, stdout.split('\n').slice(-3).join('\n')]).toEqual([0, expect.any(String)]);
}, 240_000);
