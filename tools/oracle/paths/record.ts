/**
 * `npm run paths`: boots kernels of the corpus in QEMU up to `start_kernel`, through a BIOS, as PVH, under OVMF and under Xen, with a plugin that
 * sees every instruction; compares functions, order and counts with recordings of our machine.
 *
 *   npx tsx tools/oracle/paths/record.ts [--write] [corpus id]…
 *
 * `--write` keeps what QEMU ran in recorded.json, for the test that needs no QEMU. Exit codes: 0 all as expected, 1 not, 4 no QEMU
 * or no corpus.
 */
import { readFileSync } from 'node:fs';
import { openImage } from '../../../src/image/open.js';
import { trace } from '../../../src/trace/trace.js';
import { corpusFile, corpusReason } from '../../corpus/locate.js';
import { sha256 } from '../record.js';
import { agreement, entryOf, unexpected } from './compare.js';
import { memory, noQemu, runInQemu, ways } from './qemu.js';
import { type RecordedPath, recordedPath, writeRecorded } from './recorded.js';

const kernels = ['debian-12-cloud-amd64', 'debian-13-cloud-amd64'];
const say = (text: string): void => void process.stdout.write(`${text}\n`);

async function main(args: readonly string[]): Promise<number> {
  const named = args.filter((arg) => !arg.startsWith('-'));
  const ids = named.length > 0 ? named : kernels;
  const missing = noQemu ?? ids.map(corpusReason).find(Boolean);
  if (missing) {
    say(`skipped: ${missing}`);
    return 4;
  }
  const fresh: RecordedPath[] = [];
  let isAsExpected = true;
  for (const id of ids) {
    const { path } = corpusFile(id)!;
    const data = new Uint8Array(readFileSync(path));
    const image = await openImage(data, { name: path });
    for (const way of ways) {
      const recorded = recordedPath(id, sha256(data), way, runInQemu(image, path, way, 'start_kernel'));
      fresh.push(recorded);
      const options = { entry: entryOf[way], until: 'start_kernel', memory, append: 'nokaslr' } as const;
      const { recording } = await trace(image, options);
      const found = agreement(recording, recorded);
      const odd = unexpected(found, way);
      isAsExpected &&= odd.length === 0;
      const [ours, qemu] = found.instructions;
      say(`${id} ${way}: ${recorded.functions.length} functions, instructions ${ours} here, ${qemu} in QEMU`);
      for (const line of odd) say(`  ${line}`);
    }
  }
  if (args.includes('--write')) writeRecorded(fresh);
  return isAsExpected ? 0 : 1;
}

process.exitCode = await main(process.argv.slice(2));
