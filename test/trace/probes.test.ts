import { describe, expect } from 'vitest';
import type { Image } from '../../src/image/image.js';
import { openImage } from '../../src/image/open.js';
import type { Probe } from '../../src/trace/probes/row.js';
import { trace } from '../../src/trace/trace.js';
import { corpusTest } from '../outside.js';

/** What is asked of Debian 13's cloud kernel, against the sources of Linux 6.12. */
const id = 'debian-13-cloud-amd64';

/** What expressions are at a waypoint, by their text: value, or the parts where it is false, or why it is not known. */
async function asked(
  image: Image,
  entry: 'pvh' | 'xen-pv',
  at: string,
  expressions: readonly string[],
  before: readonly Probe[] = [],
) {
  const platform = entry === 'pvh' ? 'xen-pvh' : 'xen-pv';
  const probes = [...before, ...expressions.map((expression) => ({ at, expression }))];
  const { recording } = await trace(image, { entry, platform, until: at, probes });
  expect(recording.probes.map(({ at, expression }) => ({ at, expression }))).toEqual(probes);
  return recording.probes.map(({ value, problem, parts }) =>
    value === '0x0' ? parts.map((part) => `${part.text} is ${part.value}`).join(', ') : (value ?? problem),
  );
}

describe('what is asked of a machine', () => {
  corpusTest('at waypoints of Xen PV and PVH', id, [], async ({ data }) => {
    const image = await openImage(data);
    expect(
      await asked(
        image,
        'xen-pv',
        'start_kernel',
        [
          // cr4_init_shadow() of xen_start_kernel(): what the guest reads, which is not what the processor has.
          'percpu(cpu_tlbstate.cr4) == cr4',
          'cr4 & 0x20 == 0',
          'pv_ops.cpu.load_idt == xen_load_idt && pv_ops.cpu.load_idt != native_load_idt',
          'pv_ops.cpu.load_idt == native_load_idt',
          // X86_SUBARCH_XEN; enum xen_domain_type by its size and by its type.
          'boot_params.hdr.hardware_subarch == 2 && u32(xen_domain_type) == 1 && xen_domain_type == 1',
          // The first processor's area is the one that the image brings (arch/x86/kernel/setup_percpu.c).
          'gs.base == &__per_cpu_load && percpu(this_cpu_off) == gs.base',
          'percpu(pcpu_hot.current_task) == &init_task && as(init_mm, mm_struct).pgd == &init_top_pgt',
          'zero(empty_zero_page, empty_zero_page + 4096)',
          'init_mmm.pgd == 0',
          'init_task.pid == 0',
          'u64(0x1234567812345678) == 0',
        ],
        // A function that is no waypoint; behind it xen_start_kernel() installs its operations.
        [{ at: 'xen_setup_features', expression: 'pv_ops.cpu.load_idt == xen_load_idt' }],
      ),
    ).toEqual([
      'pv_ops.cpu.load_idt is native_load_idt',
      '0x1',
      'cr4 is 0x660',
      '0x1',
      'pv_ops.cpu.load_idt is xen_load_idt',
      '0x1',
      '0x1',
      '0x1',
      '0x1',
      "the image has no symbol 'init_mmm': did you mean 'init_mm'?",
      expect.stringContaining('as(init_task, NAME).pid'),
      'nothing is mapped at 0x1234567812345678',
    ]);
    // Before per-CPU data is set up there is what the image brings.
    expect(
      await asked(image, 'pvh', 'startup_64', [
        'boot_params.hdr.version == 0',
        // DEFINE_PER_CPU_ALIGNED(struct tlb_state, cpu_tlbstate), arch/x86/mm/init.c.
        'percpu(cpu_tlbstate.cr4) == ~0',
        'pv_ops.cpu.load_idt == native_load_idt',
        'percpu(cpu_tlbstate.cr4) == cr4',
      ]),
    ).toEqual([
      '0x1',
      '0x1',
      '0x1',
      expect.stringMatching(/^percpu\(cpu_tlbstate\.cr4\) is 0xf{16}, cr4 is 0x/),
    ]);
  });
});
