import { expect } from 'vitest';
import { compareOps, type OpsReport } from '../../src/compare/ops.js';
import { corpusTest } from '../outside.js';
import { opsOfSource } from './ops-of-source.js';
import { recorded } from './recorded.js';

const id = 'debian-13-cloud-amd64';
/** Bits and counts, no operations. */
const isValue = (member: string): boolean => /^legacy\.|^parallel_bringup$/.test(member);

/** What `zeropage ops` says of each operation on some paths: lines as `opsOfSource` has them. */
function told({ at }: OpsReport, native: string, xen: string): Record<string, string[]> {
  const tables = at[0]!.tables.filter(({ table }) => table !== 'x86_hyper');
  return Object.fromEntries(
    tables.map(({ table, ops }) => [
      table,
      ops
        .filter(({ member }) => !isValue(member))
        .map(({ member, initial, paths }) => {
          const target = paths[xen]!.target;
          expect(paths[native]!.target, `${table}.${member}`).toBe(initial);
          return [member, initial ?? '-', ...(target === initial ? [] : [target ?? '-'])].join(' ');
        })
        .filter((line) => !line.endsWith(' -') || line.split(' ').length > 2)
        .sort(),
    ]),
  );
}

corpusTest(
  'every operation at start_kernel is what the source says, native and on Xen PV',
  id,
  [],
  async () => {
    const recordings = [
      await recorded(id, { entry: 'linux64', until: 'start_kernel' }),
      await recorded(id, { entry: 'xen-pv', until: 'start_kernel' }),
    ];
    const found = told(compareOps(recordings, ['start_kernel']), 'linux64', 'xen-pv');
    const wanted = Object.entries(opsOfSource).map(([table, text]) => [
      table,
      text
        .trim()
        .split('\n')
        .map((line) => line.trim())
        .sort(),
    ]);
    expect(found).toEqual(Object.fromEntries(wanted));
  },
);

/** Who changed what between start_kernel and rest_init on Xen PV (time.c, mmu_pv.c's xen_post_allocator_init, enlighten_pv.c). */
const later = {
  xen_setup_vcpu_info_placement: [
    'irq.irq_disable xen_irq_disable_direct',
    'irq.irq_enable xen_irq_enable_direct',
    'irq.save_fl xen_save_fl_direct',
    'mmu.read_cr2 xen_read_cr2_direct',
  ],
  xen_pagetable_init: [
    'mmu.alloc_pmd xen_alloc_pmd',
    'mmu.alloc_pte xen_alloc_pte',
    'mmu.alloc_pud xen_alloc_pud',
    'mmu.make_pte __raw_callee_save_xen_make_pte',
    'mmu.release_pmd xen_release_pmd',
    'mmu.release_pte xen_release_pte',
    'mmu.release_pud xen_release_pud',
    'mmu.set_p4d xen_set_p4d',
    'mmu.set_pmd xen_set_pmd',
    'mmu.set_pte xen_set_pte',
    'mmu.set_pud xen_set_pud',
    'mmu.write_cr3 xen_write_cr3',
  ],
  xen_init_time_ops: [
    'set_wallclock xen_set_wallclock',
    'setup_percpu_clockev x86_init_noop',
    'timers.setup_percpu_clockev x86_init_noop',
    'timers.timer_init xen_time_init',
  ],
  xen_init_time_common: ['calibrate_tsc xen_tsc_khz', 'get_wallclock xen_get_wallclock'],
  init_hypervisor_platform: ['hyper.pin_vcpu xen_pin_vcpu'],
  tsc_init: ['calibrate_cpu native_calibrate_cpu'],
};

corpusTest(
  'what Xen PV changes up to rest_init is what the source says, and who does',
  id,
  [],
  async () => {
    const boot = await recorded(id, { entry: 'xen-pv', until: 'rest_init' });
    const [before, after] = compareOps([boot], ['start_kernel', 'rest_init']).at;
    const found: Record<string, string[]> = {};
    for (const { table, ops } of after!.tables.filter((each) => each.table !== 'x86_hyper')) {
      const old = before!.tables.find((each) => each.table === table)!.ops;
      for (const { member, paths } of ops.filter((op) => !isValue(op.member))) {
        const { target, by } = paths['xen-pv']!;
        if (target === old.find((op) => op.member === member)!.paths['xen-pv']!.target) continue;
        (found[by!.function.split('+')[0]!] ??= []).push(`${member} ${target}`);
      }
    }
    for (const lines of Object.values(found)) lines.sort();
    expect(found).toEqual(later);
  },
  900_000,
);
