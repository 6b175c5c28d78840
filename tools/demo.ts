/** `npm run demo`: the main job on a real kernel, fetching one first when there is none. */
import { spawnSync } from 'node:child_process';
import { corpusFile, corpusReason } from './corpus/locate.js';

const id = 'debian-13-cloud-amd64';
if (!corpusFile(id)) spawnSync('npx', ['tsx', 'tools/corpus/fetch.ts'], { stdio: 'inherit' });
const kernel = corpusFile(id);
if (!kernel) {
  process.stderr.write(`no kernel to show: ${corpusReason(id)}\nUse: npx zeropage inspect /boot/vmlinuz\n`);
  process.exitCode = 4;
} else {
  process.stdout.write(`$ npx zeropage inspect ${kernel.path}\n`);
  const { status } = spawnSync(process.execPath, ['dist/cli/main.js', 'inspect', kernel.path], {
    stdio: 'inherit',
  });
  process.exitCode = status ?? 2;
}
