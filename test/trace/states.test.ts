import { describe, expect } from 'vitest';
import type { Recording } from '../../src/trace/recording.js';
import type { RecordedOp } from '../../src/trace/states/row.js';
import { corpusTest } from '../outside.js';
import { recorded } from './recorded.js';

/** Tables of operations of Debian 13's cloud kernel against the sources of Linux 6.12. */
const id = 'debian-13-cloud-amd64';

function opsAt({ states, functions }: Recording, waypoint: string) {
  const tables = states.find((state) => state.waypoint === waypoint)!.tables;
  const find = (table: string, member: string): RecordedOp =>
    tables.find((each) => each.table === table)!.ops.find((op) => op.member === member)!;
  return {
    tables,
    find,
    /** Kind, target, what the image has, who wrote it. */
    told: (table: string, member: string) => {
      const { kind, target, initial, by } = find(table, member);
      return [kind, target, initial, by && functions.name[by.function]];
    },
  };
}

describe('at start_kernel', () => {
  corpusTest('Xen PV has its operations', id, [], async () => {
    const recording = await recorded(id, { entry: 'xen-pv', platform: 'xen-pv', until: 'start_kernel' });
    const { told, find } = opsAt(recording, 'start_kernel');
    // pv_ops.cpu = xen_cpu_ops.cpu and what follows in xen_start_kernel(); xen_init_irq_ops(); xen_init_mmu_ops().
    expect(told('pv_ops', 'cpu.cpuid')).toEqual([
      'replaced',
      'xen_cpuid',
      'native_cpuid',
      'xen_start_kernel',
    ]);
    expect(told('pv_ops', 'cpu.load_tr_desc')).toEqual([
      'no-op',
      'nop_func',
      'native_load_tr_desc',
      'xen_start_kernel',
    ]);
    expect(told('pv_ops', 'irq.irq_enable')).toEqual([
      'replaced',
      'BUG_func',
      'pv_native_irq_enable',
      'xen_init_irq_ops',
    ]);
    expect(told('pv_ops', 'mmu.alloc_p4d')).toEqual(['null', null, 'nop_func', 'xen_init_mmu_ops']);
    expect(told('pv_ops', 'lock.kick')).toEqual(['no-op', 'nop_func', 'nop_func', null]);
    expect(told('x86_init', 'resources.memory_setup')).toEqual([
      'replaced',
      'xen_memory_setup',
      'e820__memory_setup_default',
      'xen_start_kernel',
    ]);
    expect(told('x86_platform', 'set_legacy_features')[1]).toBe('xen_domu_set_legacy_features');
    expect(told('x86_hyper', 'xen_domain_type').slice(0, 3)).toEqual([
      'value',
      'XEN_PV_DOMAIN',
      'XEN_NATIVE',
    ]);
    expect(told('x86_hyper', 'x86_hyper_type').slice(0, 2)).toEqual(['value', 'X86_HYPER_NATIVE']);
    // Alternatives come later.
    const { sites } = find('pv_ops', 'irq.irq_disable');
    expect(sites.map(({ code }) => code)).toEqual(['call *pv_ops.irq.irq_disable']);
    const { registers, paging } = recording.states.at(-1)!;
    expect([registers.cpl, paging.levels]).toEqual(['0x3', 4]);
  });

  corpusTest('PVH on a bare PC has none of its own but what its stub sets', id, [], async () => {
    const recording = await recorded(id, { entry: 'pvh', platform: 'bare', until: 'start_kernel' });
    const { told, tables } = opsAt(recording, 'start_kernel');
    const other = tables
      .filter(({ table }) => table !== 'x86_platform')
      .flatMap(({ table, ops }) => ops.filter(({ by }) => by).map(({ member }) => `${table}.${member}`));
    // init_pvh_bootparams(), inlined.
    expect(other).toEqual(['x86_init.acpi.get_root_pointer']);
    expect(told('x86_init', 'acpi.get_root_pointer')).toEqual([
      'replaced',
      'pvh_get_root_pointer',
      'x86_default_get_root_pointer',
      'xen_prepare_pvh',
    ]);
    // Two in one word.
    expect(told('x86_platform', 'legacy.warm_reset')[3]).toBe('x86_early_init_platform_quirks');
    const { registers, paging } = recording.states[0]!;
    expect([registers.cr0, registers.efer, paging.levels]).toEqual(['0x11', '0x0', 0]);
    const long = recording.states.find(({ waypoint }) => waypoint === 'start_kernel')!;
    expect(long.registers).toMatchObject({ cr0: '0x80050033', cpl: '0x0' });
    expect(long.paging.pages).toMatchObject({ 2097152: expect.any(Number) });
  });
});

corpusTest(
  'a KVM guest in userspace: calls are patched, and x86_init is gone',
  id,
  [],
  async () => {
    const recording = await recorded(id, { entry: 'pvh', platform: 'kvm', until: 'userspace' });
    const { told, find, tables } = opsAt(recording, 'userspace');
    const code = (member: string): string[] => find('pv_ops', member).sites.map((site) => site.code);
    expect(code('irq.irq_disable')).toEqual(['cli']);
    expect(code('irq.irq_enable')).toEqual(['sti']);
    expect(code('irq.save_fl')).toEqual(['pushf; pop %rax']);
    expect(code('mmu.read_cr2')).toEqual(['mov %cr2,%rax']);
    expect(code('cpu.cpuid')).toEqual(['call native_cpuid']);
    expect(code('mmu.exit_mmap')).toEqual(['nop']);
    expect(told('x86_hyper', 'x86_hyper_type').slice(0, 2)).toEqual(['value', 'X86_HYPER_KVM']);
    expect(told('x86_platform', 'calibrate_tsc').slice(0, 3)).toEqual([
      'replaced',
      'kvm_get_tsc_khz',
      'native_calibrate_tsc',
    ]);
    expect(tables.find(({ table }) => table === 'x86_init')).toEqual({
      table: 'x86_init',
      freed: true,
      ops: [],
    });
    const before = opsAt(recording, 'rest_init');
    expect(before.told('x86_init', 'hyper.guest_late_init').slice(0, 2)).toEqual([
      'replaced',
      'kvm_guest_init',
    ]);
    expect(recording.states.at(-1)!.paging.writableExecutable).toBe(0);
  },
  300_000,
);
