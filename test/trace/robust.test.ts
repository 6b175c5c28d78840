import { expect } from 'vitest';
import { compareRecordings } from '../../src/compare/compare.js';
import { type Image, kernelElf } from '../../src/image/image.js';
import { openImage } from '../../src/image/open.js';
import { readSymbols } from '../../src/image/symbols/read.js';
import { pathsText } from '../../src/report/text/paths.js';
import { enteredBefore } from '../../src/trace/before.js';
import { readRecording, writeRecording } from '../../src/trace/file.js';
import type { Recording } from '../../src/trace/recording.js';
import { type TraceOptions, trace } from '../../src/trace/trace.js';
import { corpusTest } from '../outside.js';
import { recorded } from './recorded.js';

const id = 'debian-13-cloud-amd64';
const usual = { entry: 'pvh', platform: 'bare', append: 'nokaslr', until: 'start_kernel' } as const;

/** Where a symbol or section of the kernel lies in its file. */
interface Places {
  readonly symbol: (name: string) => number;
  readonly section: (name: string) => number;
}

let kernel: Promise<NonNullable<ReturnType<typeof kernelElf>>> | undefined;

/** The kernel of a bzImage as a loader unpacks it, changed. */
async function changed(data: Uint8Array, change: (bytes: Uint8Array, at: Places) => void): Promise<Image> {
  kernel ??= openImage(data).then((image) => kernelElf(image)!);
  const { bytes, formats } = await kernel;
  const symbols = readSymbols(await kernel).table!;
  const copy = bytes.data.slice();
  change(copy, {
    symbol: (name) => symbols.space.offsetOf(symbols.find(name)!)!,
    section: (name) => formats.elf.sections.find((section) => section.name === name)!.offset,
  });
  return openImage(copy, { name: 'vmlinux' });
}

/** Recorded, written and read again. */
async function boot(image: Image, options: Partial<TraceOptions> = {}): Promise<Recording> {
  const { recording } = await trace(image, { ...usual, memory: 512, ...options });
  return readRecording(await writeRecording(recording));
}

corpusTest(
  'without types, without section headers and with the least memory what is known is as with them, and what is not is said',
  id,
  [],
  async ({ data }) => {
    const image = await changed(data, (bytes, { section }) => {
      bytes.fill(0, section('.BTF'), section('.BTF') + 24);
      // e_shoff, and e_shnum with e_shstrndx.
      bytes.fill(0, 0x28, 0x30).fill(0, 0x3c, 0x40);
    });
    await expect(boot(image, { memory: 64 })).rejects.toThrow(/RAM ends at 0x4000000/);
    const bare = await boot(image, { memory: 67, reach: true });
    expect(bare.opsProblem).toContain('BTF');
    expect(bare.states.flatMap(({ tables }) => tables)).toEqual([]);
    expect(bare.states.map(({ waypoint }) => waypoint)).toContain('start_kernel');
    expect([bare.verdict, bare.reach, bare.reachProblem]).toEqual([
      'reached',
      null,
      'the kernel has no section headers',
    ]);
    const whole = await recorded(id, { entry: 'pvh', until: 'start_kernel' });
    expect(enteredBefore(bare)).toEqual(enteredBefore(whole));
    expect(Array.from(bare.tree.function)).toEqual(Array.from(whole.tree.function));
  },
);

corpusTest('a kernel that dies half-way is compared for what it ran', id, [], async ({ data }) => {
  const ud2 = [0x0f, 0x0b];
  const image = await changed(data, (bytes, { symbol }) => bytes.set(ud2, symbol('x86_64_start_kernel')));
  const dead = await boot(image);
  expect([dead.verdict, dead.cause, dead.waypoints.at(-1)?.name]).toEqual([
    'failed',
    'triple fault',
    'x86_64_start_kernel',
  ]);
  const whole = await recorded(id, { entry: 'pvh', until: 'start_kernel' });
  const { joins, before, knows, paths } = compareRecordings([dead, whole]);
  expect([joins[0]!.at, paths[0]!.chain]).toEqual([null, null]);
  // It ran nothing that the other did not, up to where it died.
  expect([before[0]!.onlyA, before[0]!.reordered]).toEqual([[], []]);
  expect(before[0]!.onlyB).toEqual(expect.arrayContaining(['copy_bootdata', 'x86_64_start_reservations']));
  expect(before[0]!.onlyB).not.toContain('x86_64_start_kernel');
  const [died, lived] = paths.map(({ path }) => path);
  const told = knows.find(({ topic }) => topic === 'hypervisor type')!.paths;
  expect(told[died!]!.could).toEqual(told[lived!]!.could);
  expect(pathsText(compareRecordings([dead, whole]))).toContain('failed, last at x86_64_start_kernel');
});
