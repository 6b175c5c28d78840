import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { CR0 } from '../../src/abi/x86/control-registers.js';
import type { Claim } from '../../src/entry/entry.js';
import { multiboot } from '../../src/entry/multiboot.js';
import { multiboot2 } from '../../src/entry/multiboot2.js';
import { openImage } from '../../src/image/open.js';
import { Machine } from '../../src/machine/machine.js';
import { getSegment } from '../../src/machine/x86/segments/segments.js';
import { segmentIndex } from '../../src/machine/x86/state.js';
import { type Information, readInformation } from '../../tools/oracle/multiboot/information.js';
import { commandLine, kernels, module } from '../../tools/oracle/multiboot/kernels.js';
import type { EntryState, Observation } from '../../tools/oracle/multiboot/loaders.js';

/** What kernels are handed over by us, by QEMU's `-kernel` and by GRUB (tools/oracle/multiboot/record.ts). */

interface Recorded {
  readonly versions: { readonly qemu: string; readonly grub: string };
  readonly qemu: Readonly<Record<string, Observation>>;
  readonly grub: Readonly<Record<string, Observation>>;
}
const recorded: Recorded = JSON.parse(
  readFileSync(new URL('../../tools/oracle/multiboot/loaders.json', import.meta.url), 'utf8'),
);

async function ours(name: string): Promise<Observation> {
  const kernel = kernels[name]!;
  const image = await openImage(kernel.file);
  const definition = kernel.version === 1 ? multiboot : multiboot2;
  const claim: Claim = definition.claim(image, 'image');
  const machine = new Machine({ memory: 64 });
  (await definition.start!())(machine, image, claim, { commandLine, initrd: module });
  const { cpu, memory } = machine;
  const segment = (index: number): string => {
    const { base, limit, access } = getSegment(cpu, index);
    const word = (value: number | bigint): string => value.toString(16).padStart(8, '0');
    return `${word(base)} ${word(limit)} ${(access & 0xf0fe).toString(16)}`;
  };
  const { cs, ds, es, fs, gs, ss } = segmentIndex;
  const state: EntryState = {
    eax: Number(cpu.gpr[0]),
    cr0: (cpu.cr0 & (CR0.PE | CR0.PG)) >>> 0,
    eflags: cpu.flags & 0x20200,
    code: segment(cs),
    data: [...new Set([ds, es, fs, gs, ss].map(segment))].join(', '),
  };
  const information = readInformation(memory.ram(0, memory.ramSize).slice(), kernel, Number(cpu.gpr[3]));
  // The same kernel ran on the others: it is entered at its first instruction.
  expect([...memory.ram(Number(cpu.rip), 4)]).toEqual([0x89, 0xc6, 0x89, 0xd7]);
  return { state, information };
}

/** mem_upper says how long the range of RAM at 1 MiB is. */
function upperOf({ map }: Information): number {
  const range = map.find(([base, , type]) => base === 0x100000 && type === 1)!;
  return Math.floor(range[1] / 1024);
}

/** What must not differ. */
function essence({ modules, mapEntry, kernel, memory }: Information): object {
  return {
    modules: modules.map(({ size, sha256, aligned }) => ({ size, sha256, aligned })),
    mapEntry,
    kernel,
    lower: memory?.[0],
  };
}

describe.each(['qemu', 'grub'] as const)('as through %s', (loader) => {
  test.each(Object.keys(recorded[loader]))('%s', async (name) => {
    const [mine, theirs] = [await ours(name), recorded[loader][name]!];
    expect(mine.state).toEqual(theirs.state);
    expect(essence(mine.information)).toEqual(essence(theirs.information));
    for (const { information } of [mine, theirs]) expect(information.memory?.[1]).toBe(upperOf(information));
  });
});

describe('where QEMU differs', () => {
  test.each(Object.keys(recorded.qemu))('%s', async (name) => {
    const [mine, theirs] = [(await ours(name)).information, recorded.qemu[name]!.information];
    // It hands over no sections, a boot device that is not there, and strings that begin with the file's name.
    expect(theirs.sections).toBeNull();
    expect([mine.others, theirs.others]).toEqual([[], ['BOOT_DEVICE']]);
    expect([mine.commandLine, theirs.commandLine]).toEqual([commandLine, `kernel ${commandLine}`]);
    expect([mine.modules[0]!.string, theirs.modules[0]!.string]).toEqual(['initrd', 'module module string']);
  });
});

describe('where GRUB differs', () => {
  test.each(Object.keys(recorded.grub))('%s', async (name) => {
    const { version } = kernels[name]!;
    const [mine, theirs] = [(await ours(name)).information, recorded.grub[name]!.information];
    expect(theirs.commandLine).toBe(commandLine);
    expect(theirs.modules[0]!.string).toBe('module string');
    // It tells of no sections, where there are none, with an empty tag, and of a load base always.
    const none = { num: 0, entsize: 0, shndx: 0, loaded: [] };
    expect(mine.sections ?? (version === 1 ? null : none)).toEqual(theirs.sections);
    const movable = name.includes('relocatable');
    expect(mine.loadBase).toBe(movable ? theirs.loadBase : null);
    expect(theirs.loadBase).toBe(version === 1 ? null : movable ? theirs.loadBase : 0x200000);
    // QEMU's PC has a display, and an RSDP of ACPI 1.0.
    expect([mine.others, theirs.others]).toEqual(
      version === 1
        ? [[], ['BOOT_DEVICE', 'VBE', 'FRAMEBUFFER']]
        : [
            ['ACPI old RSDP', 'ACPI new RSDP', 'end'],
            ['APM', 'boot device', 'framebuffer', 'ACPI old RSDP', 'end'],
          ],
    );
  });
});
