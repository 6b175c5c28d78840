import { expect } from 'vitest';
import { compareRecordings } from '../../src/compare/compare.js';
import type { Comparison, Led, Parting } from '../../src/compare/comparison.js';
import { readBtf } from '../../src/image/btf/read.js';
import { type Image, kernelElf } from '../../src/image/image.js';
import { openImage } from '../../src/image/open.js';
import { readSymbols } from '../../src/image/symbols/read.js';
import { tableLayouts } from '../../src/trace/states/layouts.js';
import type { TraceOptions } from '../../src/trace/trace.js';
import { corpusTest } from '../outside.js';
import { recorded } from './recorded.js';

/** Where boots of Debian's cloud kernels part again up to rest_init, against the kernel's source and its code. */
async function compare(id: string, ...boots: readonly TraceOptions[]): Promise<Comparison> {
  const recordings = [];
  for (const options of boots) recordings.push(await recorded(id, { until: 'rest_init', ...options }));
  return compareRecordings(recordings);
}

/** Members of tables through which they part, with the functions at both ends; `pv_ops` apart, which have many places. */
function throughTables(at: readonly Parting[]): string[] {
  return at
    .filter(({ by }) => by.kind === 'table' && !by.names[0]!.startsWith('pv_ops'))
    .map(({ function: from, a, b, by }) => `${by.names.join()}: ${from} > ${a.join()} | ${b.join()}`)
    .sort();
}

/** Who led to a function. */
function underOf(led: readonly Led[], name: string): string | null | undefined {
  return led.find(({ how, functions }) => how === 'calls' && functions.includes(name))?.under;
}

/** Bytes before a call within which the address is loaded that it goes to. */
const reach = 80n;

/** Whether code around a place refers to an address: by a displacement behind which at most one byte follows, or absolutely. */
function refers(image: Image, site: bigint, address: bigint): boolean {
  const { space } = readSymbols(image).table!;
  for (let place = site - reach; place < site + 7n; place++) {
    const at = space.offsetOf(place);
    if (at === undefined) continue;
    const value = BigInt(space.bytes.view.getInt32(at, true));
    if ([place + 4n + value, place + 5n + value, value].some((each) => BigInt.asUintN(64, each) === address))
      return true;
  }
  return false;
}

/** The code of each place where a table is said to have decided refers to that member. */
function codeAgrees(image: Image, at: readonly Parting[]): void {
  const layouts = tableLayouts(readBtf(kernelElf(image)!)!, readSymbols(image).table!);
  const addresses = new Map<string, bigint>(
    layouts.flatMap(({ table, address, members }) =>
      members.map(({ name, offset }) => [`${table}.${name}`, address + BigInt(offset)] as const),
    ),
  );
  const tables = at.filter(({ by }) => by.kind === 'table');
  expect(tables.length).toBeGreaterThan(100);
  const wrong = tables.filter(
    ({ site, by }) => !by.names.every((name) => refers(image, BigInt(site!), addresses.get(name)!)),
  );
  expect(wrong).toEqual([]);
}

corpusTest(
  'a bare PC, Xen PV and Xen PVH part through the tables that xen_start_kernel(), xen_pvh_init() and xen_hvm_guest_init() fill',
  'debian-13-cloud-amd64',
  [],
  async ({ data }) => {
    const image = await openImage(data);
    const { partings, after } = await compare(
      'debian-13-cloud-amd64',
      { entry: 'pvh', platform: 'bare' },
      { entry: 'xen-pv', platform: 'xen-pv' },
      { entry: 'pvh', platform: 'xen-pvh' },
    );
    const [toPv, toPvh] = [partings[0]!.at!, partings[1]!.at!];
    // arch/x86/xen/enlighten_pv.c, setup.c, mmu_pv.c, irq.c, time.c, smp_pv.c, apic.c; arch/x86/kernel/x86_init.c.
    expect(throughTables(toPv)).toEqual([
      'smp_ops.smp_prepare_boot_cpu: smp_prepare_boot_cpu > native_smp_prepare_boot_cpu | xen_pv_smp_prepare_boot_cpu',
      'x86_init.hyper.guest_late_init: setup_arch > x86_init_noop | xen_pv_guest_late_init',
      'x86_init.hyper.init_after_bootmem: mem_init > x86_init_noop | xen_after_bootmem',
      'x86_init.irqs.intr_init: init_IRQ > native_init_IRQ | xen_init_IRQ',
      'x86_init.irqs.intr_mode_init: x86_late_time_init > apic_intr_mode_init | x86_64_probe_apic',
      'x86_init.irqs.intr_mode_select: x86_late_time_init > apic_intr_mode_select | x86_init_noop',
      'x86_init.mpparse.parse_smp_cfg: setup_arch > x86_init_noop | xen_pv_smp_config',
      'x86_init.oem.arch_setup: setup_arch > x86_init_noop | xen_arch_setup',
      'x86_init.oem.banner: setup_arch > default_banner | xen_banner',
      'x86_init.paging.pagetable_init: setup_arch > paging_init | xen_pagetable_init',
      'x86_init.resources.memory_setup: e820__memory_setup > e820__memory_setup_default | xen_memory_setup',
      'x86_init.timers.timer_init: x86_late_time_init > hpet_time_init | xen_time_init',
      'x86_platform.calibrate_tsc: determine_cpu_tsc_frequencies > native_calibrate_tsc | xen_tsc_khz',
      'x86_platform.get_wallclock: read_persistent_clock64 > mach_get_cmos_time | xen_get_wallclock',
      'x86_platform.realmode_reserve: setup_arch > reserve_real_mode | x86_init_noop',
      'x86_platform.set_legacy_features: x86_early_init_platform_quirks >  | xen_domu_set_legacy_features',
    ]);
    codeAgrees(image, toPv);
    // x86_64_start_reservations(): "version is always not zero if it is copied", which xen_start_kernel() leaves zero.
    expect(toPv.find(({ function: from }) => from === 'x86_64_start_reservations')).toMatchObject({
      a: [],
      b: ['copy_bootdata'],
      by: { kind: 'branch', names: [] },
    });
    // time.c, xen_init_time_common(): paravirt_set_sched_clock().
    expect(toPv.find(({ function: from }) => from === 'sched_clock_noinstr')).toMatchObject({
      b: ['xen_sched_clock'],
      by: { kind: 'static-call', names: ['pv_sched_clock'] },
    });
    const { onlyA, onlyB } = after[0]!;
    for (const [led, name, under] of [
      [onlyA!, 'e820__memory_setup_default', 'e820__memory_setup'],
      [onlyA!, 'reserve_real_mode', 'setup_arch'],
      [onlyA!, 'hpet_time_init', 'x86_late_time_init'],
      [onlyA!, 'acpi_locate_initial_tables', 'acpi_boot_table_init'],
      [onlyB!, 'xen_memory_setup', 'e820__memory_setup'],
      [onlyB!, 'xen_arch_setup', 'setup_arch'],
      [onlyB!, 'xen_pv_init_platform', 'init_hypervisor_platform'],
      [onlyB!, 'xen_time_init', 'x86_late_time_init'],
    ] as const)
      expect([name, underOf(led, name)]).toEqual([name, under]);
    // What the stubs alone ran lies before the join.
    for (const name of ['xen_start_kernel', 'startup_64', 'reset_early_page_tables'])
      expect([...onlyA!, ...onlyB!].some(({ functions }) => functions.includes(name))).toBe(false);
    // arch/x86/xen/enlighten_hvm.c, enlighten_pvh.c, irq.c, time.c, smp_hvm.c; early_acpi_boot_init() without a PIT.
    expect(throughTables(toPvh)).toEqual([
      'smp_ops.smp_prepare_boot_cpu: smp_prepare_boot_cpu > native_smp_prepare_boot_cpu | xen_hvm_smp_prepare_boot_cpu',
      'x86_init.hyper.guest_late_init: setup_arch > x86_init_noop | xen_hvm_guest_late_init',
      'x86_init.hyper.init_mem_mapping: init_mem_mapping > x86_init_noop | xen_hvm_init_mem_mapping',
      'x86_init.irqs.intr_init: init_IRQ > native_init_IRQ | xen_init_IRQ',
      'x86_init.oem.arch_setup: setup_arch > x86_init_noop | pvh_arch_setup',
      'x86_init.oem.banner: setup_arch > default_banner | xen_banner',
      'x86_init.timers.timer_init: x86_late_time_init > hpet_time_init | x86_init_noop',
      'x86_platform.get_wallclock: read_persistent_clock64 > mach_get_cmos_time | xen_get_wallclock',
    ]);
    expect(toPvh.find(({ function: from }) => from === 'xen_prepare_pvh')).toMatchObject({
      b: ['xen_pvh_init'],
      by: { kind: 'branch' },
    });
  },
  600_000,
);

corpusTest(
  'the same of Linux 5.10, whose tables are others',
  'debian-11-cloud-amd64',
  [],
  async ({ data }) => {
    const image = await openImage(data);
    const { partings, after } = await compare(
      'debian-11-cloud-amd64',
      { entry: 'pvh', platform: 'bare' },
      { entry: 'xen-pv', platform: 'xen-pv' },
    );
    const at = partings[0]!.at!;
    expect(throughTables(at)).toEqual([
      'smp_ops.smp_prepare_boot_cpu: start_kernel > native_smp_prepare_boot_cpu | xen_pv_smp_prepare_boot_cpu',
      'x86_init.hyper.guest_late_init: setup_arch > x86_init_noop | xen_pv_guest_late_init',
      'x86_init.hyper.init_after_bootmem: mem_init > x86_init_noop | xen_after_bootmem',
      'x86_init.irqs.intr_init: init_IRQ > native_init_IRQ | xen_init_IRQ',
      'x86_init.irqs.intr_mode_init: x86_late_time_init > apic_intr_mode_init | x86_init_noop',
      'x86_init.irqs.intr_mode_select: x86_late_time_init > apic_intr_mode_select | x86_init_noop',
      'x86_init.mpparse.get_smp_config: setup_arch > x86_init_uint_noop | _get_smp_config',
      'x86_init.oem.arch_setup: setup_arch > x86_init_noop | xen_arch_setup',
      'x86_init.oem.banner: setup_arch > default_banner | xen_banner',
      'x86_init.paging.pagetable_init: setup_arch > paging_init | xen_pagetable_init',
      'x86_init.resources.memory_setup: e820__memory_setup > e820__memory_setup_default | xen_memory_setup',
      'x86_init.timers.timer_init: x86_late_time_init > hpet_time_init | xen_time_init',
      'x86_platform.calibrate_tsc: determine_cpu_tsc_frequencies > native_calibrate_tsc | xen_tsc_khz',
      'x86_platform.get_wallclock: read_persistent_clock64 > mach_get_cmos_time | xen_get_wallclock',
      'x86_platform.set_legacy_features: x86_early_init_platform_quirks >  | xen_domu_set_legacy_features',
    ]);
    codeAgrees(image, at);
    // A member of pv_ops then, a static call since 5.13.
    expect(at.find(({ function: from }) => from === 'sched_clock')).toMatchObject({
      b: ['xen_sched_clock'],
      by: { kind: 'table', names: ['pv_ops.time.sched_clock'] },
    });
    expect(underOf(after[0]!.onlyB!, 'xen_memory_setup')).toBe('e820__memory_setup');
  },
  600_000,
);
