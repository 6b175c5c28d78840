import { describe, expect, test } from 'vitest';
import { boot } from '../../src/boot/boot.js';
import type { BootOptions } from '../../src/boot/options.js';
import type { EntryId } from '../../src/entry/entry.js';
import { openImage } from '../../src/image/open.js';
import { elfOf, guestImage } from '../../src/stub/guest/image.js';
import { universal } from '../../src/stub/universal.js';
import { reported, reportPayload } from '../stub/report-payload.js';

/** Files beside the kernel, as a guest finds them. */

const kernel = elfOf(universal({ payload: reportPayload }));
const image = openImage(kernel);
const bytes = (length: number, value: number): Uint8Array => new Uint8Array(length).fill(value);
const initrds = [bytes(3, 1), bytes(10, 2)];
const modules = [
  { data: bytes(5000, 3), string: 'console=hvc0  quiet' },
  { data: bytes(1, 4), string: '' },
  { data: bytes(4096, 5), string: 'last' },
];

async function found(entry: EntryId, options: BootOptions) {
  const { console } = await boot(await image, { entry, memory: 32, commandLine: 'a b', ...options });
  const values = reported(console.split('\r\n').flatMap((line) => line.split('\n')));
  const numbers = (name: string): number[] => (values.get(`boot_module.${name}`) ?? []).map(Number);
  return {
    count: Number(values.get('modules_count')),
    places: numbers('paddr'),
    sizes: numbers('size'),
    sums: numbers('sum'),
    strings: values.get('boot_module.text'),
  };
}

/** As many bytes as `sizes` say from `places` on, page by page, lie over nothing of each other. */
function expectApart(places: readonly number[], sizes: readonly number[]): void {
  const sorted = places.map((start, i) => ({ start, end: start + sizes[i]! }));
  sorted.sort((a, b) => a.start - b.start);
  for (const [i, { start }] of sorted.entries()) {
    expect(start % 0x1000).toBe(0);
    expect(start).toBeGreaterThanOrEqual(sorted[i - 1]?.end ?? 0);
  }
}

describe('all in their order, each with its string', () => {
  test.each(['multiboot', 'multiboot2'] as const)('%s: every initrd is a module', async (entry) => {
    const { count, places, sizes, sums, strings } = await found(entry, { initrd: initrds, modules });
    expect({ count, sizes, sums }).toEqual({
      count: 5,
      sizes: [3, 10, 5000, 1, 4096],
      sums: [3, 20, 15000, 4, 20480],
    });
    expect(strings).toEqual(['initrd', 'initrd', 'console=hvc0  quiet', '', 'last']);
    expectApart(places, sizes);
  });

  test('pvh: the initrds joined are the first module, as Linux wants them', async () => {
    const { count, places, sizes, sums, strings } = await found('pvh', { initrd: initrds, modules });
    expect({ count, sizes, sums }).toEqual({
      count: 4,
      sizes: [14, 5000, 1, 4096],
      sums: [23, 15000, 4, 20480],
    });
    expect(strings).toEqual(['console=hvc0  quiet', 'last']);
    expectApart(places, sizes);
  });

  test.each(['multiboot', 'multiboot2', 'pvh'] as const)('%s: without an initrd', async (entry) => {
    const { sizes, sums } = await found(entry, { modules });
    expect({ sizes, sums }).toEqual({ sizes: [5000, 1, 4096], sums: [15000, 4, 20480] });
  });

  test.each(['multiboot', 'multiboot2', 'pvh'] as const)('%s: none', async (entry) => {
    expect(await found(entry, {})).toMatchObject({ count: 0, places: [] });
  });
});

describe('refused', () => {
  test.each([
    ['multiboot', 'there is no room for the module 1 of 41943040 bytes'],
    ['multiboot2', 'there is no room for the module 1 of 41943040 bytes'],
    ['pvh', 'the module 1 of 40 MiB finds no room beside the kernel in 32 MiB'],
  ] as const)('%s: one that does not fit', async (entry, message) => {
    const large = [modules[0]!, { data: bytes(40 << 20, 0), string: '' }];
    await expect(found(entry, { modules: large })).rejects.toThrow(message);
  });

  test.each([
    ['linux32', 'the zero page has no modules'],
    ['linux64', 'the zero page has no modules'],
    ['xen-pv', 'start_info has no modules'],
  ] as const)('%s takes none', async (entry, message) => {
    const all = await openImage(guestImage('bzimage').file);
    await expect(boot(all, { entry, modules })).rejects.toThrow(message);
  });
});
