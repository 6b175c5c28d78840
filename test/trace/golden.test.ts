import { expect } from 'vitest';
import { compareRecordings } from '../../src/compare/compare.js';
import type { Recording } from '../../src/trace/recording.js';
import { corpusTest } from '../outside.js';
import { recorded } from './recorded.js';

// What QEMU 7.2 and Xen 4.17 ran of the same kernel, one stable release earlier (6.12.117), recorded by plugin.

const id = 'debian-13-cloud-amd64';

/** Whether a figure is within some per cent of a recorded one. */
const isNear = (figure: number, recorded: number, percent: number): boolean =>
  Math.abs(figure - recorded) <= (recorded * percent) / 100;

corpusTest(
  'whole boots: what is done twice, what only one path runs, what none does, and what subarch 3 leaves out',
  id,
  [],
  async () => {
    const native = await recorded(id, { entry: 'linux64' });
    const pv = await recorded(id, { entry: 'xen-pv' });
    const { twice, whole, dead, before } = compareRecordings([native, pv]);
    const row = (path: string, name: string) =>
      twice.find((each) => each.path === path && each.function === name);
    for (const [name, runs] of [
      ['get_cpu_cap', 3],
      ['init_scattered_cpuid_features', 3],
      ['get_cpu_address_sizes', 3],
      ['x86_configure_nx', 2],
      ['switch_gdt_and_percpu_base', 2],
      ['load_direct_gdt', 2],
      ['xen_vcpu_info_reset', 2],
      ['xen_setup_runstate_info', 2],
    ] as const) {
      expect(row('xen-pv', name), name).toMatchObject({ runs, inStub: 1, again: 'stub' });
      expect(row('linux64', name)?.again, name).not.toBe('stub');
    }
    for (const [name, runs] of [
      ['jump_label_init', 2],
      ['static_call_init', 3],
      ['parse_early_param', 2],
      ['setup_log_buf', 2],
      ['files_maxfiles_init', 2],
    ] as const)
      for (const path of ['linux64', 'xen-pv'])
        expect(row(path, name), `${path} ${name}`).toMatchObject({ runs, again: 'every' });
    // Loops of helpers, early page faults.
    for (const name of ['set_intr_gate', '__early_ioremap', '__early_make_pgtable', 'setup_clear_cpu_cap'])
      expect(twice.filter((each) => each.function === name)).toEqual([]);
    expect(before[0]!.onlyA).toContain('native_write_cr4');
    for (const name of ['clear_bss', 'idt_setup_early_handler', 'clear_page_orig', 'copy_bootdata'])
      expect([...before[0]!.onlyA, ...before[0]!.onlyB, ...whole[0]!.init.onlyA]).not.toContain(name);
    // Recorded: 161, 70, 1337. Ours has no SMBIOS and no HPET, whose initialisers only native would run.
    const { onlyA, onlyB, both, reordered } = whole[0]!.init;
    expect(onlyA.length).toBeLessThanOrEqual(161);
    expect([isNear(onlyA.length, 161, 15), isNear(onlyB.length, 70, 5), isNear(both, 1337, 1)]).toEqual([
      true,
      true,
      true,
    ]);
    // Recorded: 19 of them elsewhere, the first of which is the second that Xen PV runs.
    expect(isNear(reordered.length, 19, 15)).toBe(true);
    expect(reordered).toContain('switch_gdt_and_percpu_base');
    // Recorded: 2482 functions of init text, 536 532 bytes.
    const { functions, bytes } = dead!.init;
    expect([isNear(functions, 2482, 1), isNear(bytes, 536_532, 1)]).toEqual([true, true]);

    const paravirtual = await recorded(id, { entry: 'linux64', subarch: 3 });
    const { init, other } = compareRecordings([native, paravirtual]).whole[0]!;
    expect([init.onlyA, init.onlyB]).toEqual([[], []]);
    // Recorded: 94 functions fewer; which of the interrupts' functions others also ran depends on devices.
    expect(isNear(other.onlyA.length - other.onlyB.length, 94, 15)).toBe(true);
    expect(other.onlyA).toContain('i8042_probe');
  },
  900_000,
);

corpusTest('hardware_subarch selects nothing on the way to start_kernel', id, [], async () => {
  const [plain, xen] = [
    await recorded(id, { entry: 'linux64', until: 'start_kernel' }),
    await recorded(id, { entry: 'linux64', until: 'start_kernel', subarch: 2 }),
  ];
  const { before, paths } = compareRecordings([plain, xen]);
  expect([before[0]!.onlyA, before[0]!.onlyB, before[0]!.reordered]).toEqual([[], [], []]);
  const at = ({ waypoints, treeSpan }: Recording): number =>
    waypoints.find(({ name }) => name === 'start_kernel')!.instruction - treeSpan!.first;
  expect(at(plain) - at(xen)).toBe(2);
  expect(paths.map(({ path }) => path)).toEqual(['linux64/bare/subarch=0', 'linux64/bare/subarch=2']);
});
