/** `npm run demo`: the main job on a real kernel, fetching one first when there is none. */
import { spawnSync } from 'node:child_process';
import { corpusFile, corpusReason } from './corpus/locate.js';

const id = 'debian-13-cloud-amd64';

/** Runs a command of ours as a user would type it; its exit code. */
function zeropage(...args: string[]): number {
  process.stdout.write(`\n$ npx zeropage ${args.join(' ')}\n`);
  return spawnSync(process.execPath, ['dist/cli/main.js', ...args], { stdio: 'inherit' }).status ?? 2;
}

if (!corpusFile(id)) spawnSync('npx', ['tsx', 'tools/corpus/fetch.ts'], { stdio: 'inherit' });
const kernel = corpusFile(id);
if (!kernel) {
  process.stderr.write(`no kernel to show: ${corpusReason(id)}\nUse: npx zeropage matrix /boot/vmlinuz\n`);
  process.exitCode = 4;
} else {
  const inspected = zeropage('inspect', kernel.path);
  process.exitCode = inspected === 0 ? zeropage('matrix', kernel.path) : inspected;
}
