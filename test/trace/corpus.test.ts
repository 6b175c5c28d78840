import { describe, expect } from 'vitest';
import { boot } from '../../src/boot/boot.js';
import { kernelElf } from '../../src/image/image.js';
import { openImage } from '../../src/image/open.js';
import { readSymbols } from '../../src/image/symbols/read.js';
import { enteredBefore } from '../../src/trace/before.js';
import { trace } from '../../src/trace/trace.js';
import { corpusTest } from '../outside.js';
import { recorded } from './recorded.js';

const until = 'start_kernel';

describe('to start_kernel', () => {
  // As recorded with QEMU 7.2 and Xen 4.17, and on a bare PC two more: ours has no hypervisor bit, so microcode is looked for.
  for (const [id, entry, platform, functions, instructions] of [
    ['debian-13-cloud-amd64', 'pvh', 'bare', 49, 20_278],
    ['debian-13-cloud-amd64', 'pvh', 'xen-pvh', 49, 8_560],
    ['debian-13-cloud-amd64', 'xen-pv', 'xen-pv', 93, 124_956],
  ] as const) {
    corpusTest(`${entry} on ${platform}: ${functions} functions`, id, [], async () => {
      const recording = await recorded(id, { entry, platform, until });
      expect(recording.instructions).toBe(instructions);
      expect(enteredBefore(recording)).toHaveLength(functions);
    });
  }

  for (const end of ['start_kernel', 'setup_arch'])
    corpusTest(`recording changes nothing, to ${end}`, 'debian-12-cloud-amd64', [], async ({ data }) => {
      const options = { entry: 'pvh', until: end } as const;
      const plain = await boot(await openImage(data), options);
      const { recording, result } = await trace(await openImage(data), options);
      expect({ ...result, seconds: 0 }).toEqual({ ...plain, seconds: 0 });
      expect(recording.hash).toBe(plain.hash);
      expect(recording.waypoints).toEqual(plain.waypoints);
    });

  corpusTest(
    'a kernel that KASLR moved has the same functions',
    'debian-13-cloud-amd64',
    [],
    async () => {
      const id = 'debian-13-cloud-amd64';
      const moved = await recorded(id, { entry: 'linux64', append: '', until });
      const kept = await recorded(id, { entry: 'linux64', until });
      expect(moved.slide).not.toBe(kept.slide);
      expect(enteredBefore(moved)).toEqual(enteredBefore(kept));
      expect(enteredBefore(kept).slice(0, 2)).toEqual(['startup_64', 'startup_64_setup_gdt_idt']);
    },
    300_000,
  );
});

corpusTest(
  'the tree has every instruction, and each piece of code lies in its function',
  'debian-12-cloud-amd64',
  [],
  async ({ data }) => {
    const image = await openImage(data);
    const options = { entry: 'pvh', until: 'rest_init' } as const;
    const { recording } = await trace(image, options);
    const { tree, treeSpan, firstRuns, functions } = recording;
    expect(treeSpan).toEqual({ first: 0, end: recording.instructions, user: 0 });
    expect(tree.self.reduce((sum, self) => sum + self, 0)).toBe(recording.instructions);
    expect((await trace(image, options)).recording.tree).toEqual(tree);
    const [root, ...others] = [...tree.parent.keys()].filter((node) => tree.parent[node] === -1);
    expect([root, others]).toEqual([0, []]);
    expect(functions.name[tree.function.at(-1)!]).toBe('rest_init');
    const symbols = readSymbols(kernelElf(image)!).table!;
    for (let i = 0; i < firstRuns.function.length; i++) {
      const row = firstRuns.function[i]!;
      if (functions.size[row] === 0) continue;
      const start = functions.address[row]! + BigInt(firstRuns.offset[i]!);
      for (const address of [start, start + BigInt(firstRuns.size[i]! - 1)]) {
        const place = symbols.at(address)!;
        expect(address - BigInt(place.offset)).toBe(functions.address[row]);
      }
    }
  },
  300_000,
);

corpusTest(
  'each initialiser has its total, on a whole boot',
  'debian-12-cloud-amd64',
  [],
  async ({ data }) => {
    const image = await openImage(data);
    const { recording } = await trace(image, { entry: 'pvh' });
    const { tree, functions, treeSpan, instructions } = recording;
    const named = (node: number): string => functions.name[tree.function[node]!]!;
    const all = [...tree.parent.keys()];
    expect(tree.self.reduce((sum, self) => sum + self, 0)).toBe(instructions - treeSpan!.user);
    const initcalls = all.filter((node) => {
      const parent = tree.parent[node]!;
      return (
        parent !== -1 &&
        named(parent) === '__x86_indirect_thunk_rbx' &&
        named(tree.parent[parent]!) === 'do_one_initcall'
      );
    });
    expect(initcalls.length).toBeGreaterThan(500);
    const init = initcalls.filter((node) => named(node) === 'inet_init');
    expect(init.map((node) => tree.count[node])).toEqual([1]);
    expect(tree.total[init[0]!]).toBeGreaterThan(100_000);
    // A task begins where the one before it was switched away from, and so does the kernel's init.
    const isUnder = (node: number, name: string): boolean =>
      node !== -1 && (named(node) === name || isUnder(tree.parent[node]!, name));
    expect(initcalls.every((node) => isUnder(node, 'kernel_init') && isUnder(node, '__switch_to'))).toBe(
      true,
    );
  },
  600_000,
);

corpusTest(
  'an i386 kernel that KASLR moved, with symbols of code alone, is named',
  'debian-11-686-pae',
  [],
  async () => {
    const recording = await recorded('debian-11-686-pae', { entry: 'linux32', append: '', until });
    expect(recording.slide).not.toBe('0x0');
    expect(enteredBefore(recording).slice(0, 3)).toEqual(['startup_32', 'load_ucode_bsp', 'have_cpuid_p']);
    const { functions, learned } = recording;
    const asked = learned.find(
      ({ source, function: row }) => source === 'cpuid' && functions.module[row] === 0,
    )!;
    const names = [asked, ...asked.callers].map(({ function: row }) => functions.name[row]);
    expect(names).toEqual(['load_ucode_bsp', 'startup_32']);
  },
  300_000,
);
