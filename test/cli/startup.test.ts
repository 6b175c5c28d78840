import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { corpusFile, corpusReason } from '../../tools/corpus/locate.js';
import { builtCommand } from './command.js';

const id = 'debian-13-cloud-amd64';
const command = builtCommand();
const reason = 'reason' in command ? command.reason : corpusReason(id);

function milliseconds(args: readonly string[]): number {
  const start = performance.now();
  expect(spawnSync(process.execPath, args, { stdio: 'ignore' }).status).toBe(0);
  return performance.now() - start;
}

test.skipIf(reason)(
  `--fast takes at most three times Node's own start${reason ? ` (${reason})` : ''}`,
  () => {
    if (!('path' in command)) return;
    // In turns, so that whatever else the machine does meets both; the shortest run is the one it met least.
    const runs = Array.from({ length: 10 }, () => ({
      node: milliseconds(['-e', '0']),
      fast: milliseconds([command.path, 'inspect', '--fast', corpusFile(id)!.path]),
    }));
    const node = Math.min(...runs.map((run) => run.node));
    const fast = Math.min(...runs.map((run) => run.fast));
    expect(fast / node).toBeLessThan(3);
  },
);
