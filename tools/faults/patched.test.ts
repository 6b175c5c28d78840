import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { columnName } from '../../src/boot/column-name.js';
import { Path } from '../../src/compare/path.js';
import type { Planned } from '../../src/compare/plan.js';
import { check } from '../../src/contract/check.js';
import type { Found } from '../../src/contract/found.js';
import { checkImage } from '../../src/contract/image-rules/image-rules.js';
import { offers } from '../../src/entry/entries.js';
import { type Image, kernelElf } from '../../src/image/image.js';
import { openImage } from '../../src/image/open.js';
import { trace } from '../../src/trace/trace.js';
import { corpusFile, corpusReason } from '../corpus/locate.js';
import { patchedKernel } from './kernels.js';
import { patchedFaults } from './patched.js';

const reason = corpusReason(patchedKernel);
const kernel = (): Promise<Image> => (opened ??= openImage(readFileSync(corpusFile(patchedKernel)!.path)));
let opened: Promise<Image> | undefined;

/** What a check says, of boots as far as start_kernel. */
async function findings(data: Uint8Array, boots: readonly Planned[]): Promise<Found[]> {
  const image = await openImage(data);
  const paths: Path[] = [];
  for (const planned of boots) {
    const { recording } = await trace(image, { ...planned, until: 'start_kernel' });
    paths.push(new Path(columnName(planned), recording));
  }
  const offered = offers(image);
  const about = {
    name: 'vmlinuz',
    file: 'vmlinuz',
    findings: checkImage(image, offered),
    offers: offered,
  };
  return check({ image: about, paths, variations: [], options: '' }).filter(
    ({ severity }) => severity !== 'note',
  );
}

const rulesOf = (found: readonly Found[]): string[] => found.map(({ rule }) => rule);

test.skipIf(reason)(
  `faults are put into a kernel by its symbols${reason ? ` (${reason})` : ''}`,
  async () => {
    const image = await kernel();
    const payload = kernelElf(image)!.bytes.data;
    for (const { id, of, patch } of patchedFaults) {
      const before = of === 'payload' ? payload : image.bytes.data;
      const after = patch(image);
      expect(after.length).toBe(before.length);
      expect([id, Buffer.compare(after, before)]).not.toEqual([id, 0]);
    }
  },
);

describe.skipIf(reason)('a check finds them by the rule made for them, and of the twin says nothing', () => {
  const linux64: Planned = { entry: 'linux64', platform: 'bare' };
  const pvh: Planned = { entry: 'pvh', platform: 'bare' };
  const cases = [
    ['patched-xlf-without-code', []],
    ['patched-note-misaligned', []],
    ['patched-acpi-too-early', [linux64]],
    ['patched-pae-assumed', [pvh]],
    ['patched-rsdp-lost', [pvh]],
  ] as const;

  test.each(cases)('%s', async (id, boots) => {
    const fault = patchedFaults.find((one) => one.id === id)!;
    expect(rulesOf(await findings(fault.patch(await kernel()), boots))).toContain(fault.expected.rules[0]);
  });

  test('the twins', async () => {
    const image = await kernel();
    expect(rulesOf(await findings(image.bytes.data, []))).toEqual([]);
    expect(rulesOf(await findings(kernelElf(image)!.bytes.data, [linux64, pvh]))).toEqual([]);
  });
});
