import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { corpusFile, corpusReason } from '../../tools/corpus/locate.js';
import { KernelPlace } from '../autopsy/kernel-place.js';
import { kernelElf } from '../image/image.js';
import { openImage } from '../image/open.js';
import { readSymbols } from '../image/symbols/read.js';
import type { Machine } from '../machine/machine.js';
import { trace } from './trace.js';
import type { RecordedWipe } from './wipes.js';

/** What a boot wipes of a byte that lies in .bss, put there before x86_64_start_kernel clears it. */
async function wiped(id: string, variable: string): Promise<readonly RecordedWipe[]> {
  const image = await openImage(new Uint8Array(readFileSync(corpusFile(id)!.path)));
  const kernel = kernelElf(image)!;
  const symbols = readSymbols(image).table!;
  let machine: Machine | undefined;
  const { recording } = await trace(
    image,
    { entry: 'pvh', until: 'start_kernel' },
    {
      onMachine: (made) => {
        machine = made;
      },
      onWaypoint: ({ name }) => {
        if (name !== 'x86_64_start_kernel') return;
        const place = new KernelPlace(kernel, symbols, machine!, { firstRuns: [] });
        machine!.memory.ram(place.physical(symbols.find(variable)!)!, 1)[0] = 0x5a;
      },
    },
  );
  return recording.wipes;
}

const id = 'debian-11-cloud-amd64';
const reason = corpusReason(id);

test.skipIf(reason)(
  `what was set in .bss before it is cleared is seen where clear_bss is inlined, as in 5.10${reason ? ` (${reason})` : ''}`,
  async () => {
    expect(await wiped(id, 'initrd_start')).toEqual([
      {
        object: 'initrd_start',
        section: '.bss',
        bytes: 1,
        instruction: expect.any(Number),
        again: false,
      },
    ]);
  },
);
