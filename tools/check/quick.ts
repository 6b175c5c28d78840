/** `npm run check`: what can be checked in seconds, while one works. `npm test` is what must hold before a change lands. */
import { spawnSync } from 'node:child_process';
import { quickRooms } from './rooms.js';

const steps: readonly (readonly [name: string, command: string, ...args: string[]])[] = [
  ['format and lint', 'npx', 'biome', 'ci', '.'],
  ['rooms', 'npx', 'depcruise', '--config', '.dependency-cruiser.cjs', 'src'],
  ['types', 'npm', 'run', '--silent', 'types'],
  ['small rooms', 'npx', 'vitest', 'run', '--reporter=dot', ...quickRooms],
];

const failed = steps.filter(([name, command, ...args]) => {
  process.stdout.write(`\n== ${name}\n`);
  return spawnSync(command, args, { stdio: 'inherit' }).status !== 0;
});
process.stdout.write(`\n${steps.length - failed.length} passed, ${failed.length} failed\n`);
process.exitCode = failed.length === 0 ? 0 : 1;
