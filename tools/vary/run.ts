/**
 * `npm run vary -- IMAGE [ENTRY…]`: boots an image through each entry it can be booted through, or through these, as far as start_kernel
 * with seeds from 1 on, all that a loader may choose drawn from each, and says which waypoints the boots reached that the usual one
 * did not, or did not reach that it did. `zeropage check --vary 1,N` compares functions and registers, too, and takes longer.
 *
 *   --seeds N    so many, instead of 50
 *   -m MIB       memory, instead of 256
 *
 * Exit codes: 0 all reach the same, 1 one does not, 2 usage or tool error.
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { boot } from '../../src/boot/boot.js';
import { type Planned, plan } from '../../src/compare/plan.js';
import type { Image } from '../../src/image/image.js';
import { openImage } from '../../src/image/open.js';

const say = (text: string): void => void process.stdout.write(`${text}\n`);
const checked = ['bare', 'xen-pv', 'xen-pvh'] as const;

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    options: {
      seeds: { type: 'string', default: '50' },
      memory: { type: 'string', short: 'm', default: '256' },
    },
    allowPositionals: true,
  });
  const [file, ...entries] = positionals;
  if (file === undefined) throw new Error('an image is missing');
  const image = await openImage(readFileSync(file), { name: file });
  const memory = Number(values.memory);
  let differing = 0;
  for (const planned of plan(
    image,
    entries.length > 0 ? (entries as Planned['entry'][]) : undefined,
    checked,
  )) {
    const usual = await reached(image, planned, memory);
    const others: number[] = [];
    for (let seed = 1; seed <= Number(values.seeds); seed++) {
      if ((await reached(image, planned, memory, seed)) !== usual) others.push(seed);
    }
    differing += others.length;
    const verdict = others.length === 0 ? 'the same with all' : `otherwise with ${others.join(', ')} of the`;
    say(`${planned.entry} on ${planned.platform}: ${usual}; ${verdict} ${values.seeds} seeds`);
  }
  return differing === 0 ? 0 : 1;
}

async function reached(image: Image, planned: Planned, memory: number, seed?: number): Promise<string> {
  const variation = seed === undefined ? undefined : { seed };
  const { waypoints, stop } = await boot(image, { ...planned, memory, until: 'start_kernel', variation });
  return `${waypoints.map(({ name }) => name).join(', ')}${stop === 'waypoint' ? '' : ` and ${stop}`}`;
}

process.exitCode = await main().catch((error: Error) => {
  process.stderr.write(`${error.message}\n`);
  return 2;
});
