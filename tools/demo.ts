/**
 * `npm run demo`: the main job on a real kernel, fetching that one first when it is not there.
 *
 * Exit codes: those of the commands it runs; 2 when there is no kernel to show.
 */
import { spawnSync } from 'node:child_process';
import { corpusFile } from './corpus/locate.js';

const id = 'debian-13-cloud-amd64';
const announcement =
  "demo: one kernel is fetched, once, with apt: about 35 MB, and 10 MB of Debian's package index\n";

/** Runs a command of ours as a user would type it; its exit code. */
function zeropage(...args: string[]): number {
  process.stdout.write(`\n$ npx zeropage ${args.join(' ')}\n`);
  return spawnSync(process.execPath, ['dist/cli/main.js', ...args], { stdio: 'inherit' }).status ?? 2;
}

if (!corpusFile(id)) {
  process.stdout.write(announcement);
  spawnSync('npx', ['tsx', 'tools/corpus/fetch.ts', '--only', id], { stdio: 'inherit' });
}
const kernel = corpusFile(id);
if (!kernel) {
  process.stderr.write(
    'demo: there is no kernel to show; with one of yours: npx zeropage matrix /boot/vmlinuz\n',
  );
  process.exitCode = 2;
} else {
  const inspected = zeropage('inspect', kernel.path);
  process.exitCode = inspected === 2 ? inspected : zeropage('matrix', kernel.path);
}
