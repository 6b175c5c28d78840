import { expect } from 'vitest';
import { knowsOn } from '../../src/compare/knows.js';
import { pathsOf } from '../../src/compare/path.js';
import type { TraceOptions } from '../../src/trace/trace.js';
import { corpusTest } from '../outside.js';
import { recorded } from './recorded.js';

const id = 'debian-13-cloud-amd64';

/** When a boot of Debian 13's cloud kernel to start_kernel knows what it runs on, as Linux 6.12's sources have it. */
async function typeKnown(options: TraceOptions) {
  const paths = pathsOf([await recorded(id, { until: 'start_kernel', ...options })]);
  return knowsOn(paths)[0]!.paths[paths[0]!.name]!;
}

corpusTest(
  'Xen PV knows from the start, PVH when its search has ended',
  id,
  [],
  async () => {
    const pv = await typeKnown({ entry: 'xen-pv', platform: 'xen-pv' });
    expect(pv.could).toMatchObject({ what: 'entry xen-pv', function: 'startup_xen', instruction: 0 });
    expect(pv.did).toMatchObject({ what: 'xen_domain_type', function: 'xen_start_kernel', instruction: 52 });
    const xen = await typeKnown({ entry: 'pvh', platform: 'xen-pvh' });
    expect(xen.could).toMatchObject({ what: 'cpuid 0x40000000', instruction: 93 });
    expect(xen.did).toMatchObject({ what: 'xen_domain_type', function: 'xen_pvh_init', instruction: 185 });
    // Nobody keeps that there is none: init_hypervisor_platform() looks again in setup_arch().
    const bare = await typeKnown({ entry: 'pvh', platform: 'bare' });
    expect(bare.could).toMatchObject({ instruction: 12_078, callers: ['xen_prepare_pvh', 'pvh_start_xen'] });
    expect(bare.did).toBeNull();
  },
  300_000,
);

corpusTest(
  'nothing is kept before the kernel was told it, and the RSDP is told by who looks for it',
  id,
  [],
  async () => {
    const entry = 'pvh';
    // All behind setup_arch(), which finds most of it.
    const recordings = [
      await recorded(id, { entry, until: 'rest_init' }),
      await recorded(id, { entry, platform: 'kvm', until: 'userspace' }),
      await recorded(id, { entry, platform: 'xen-pvh', until: 'rest_init' }),
    ];
    const topics = knowsOn(pathsOf(recordings));
    for (const { topic, paths } of topics) {
      for (const [path, { could, did }] of Object.entries(paths)) {
        if (topic !== 'clock') expect(did, `${topic}, ${path}`).not.toBeNull();
        if (did) expect(could?.instruction, `${topic}, ${path}`).toBeLessThanOrEqual(did.instruction);
      }
    }
    // arch/x86/platform/pvh/enlighten.c; drivers/acpi/acpica/tbutils.c
    const rsdp = topics.find(({ topic }) => topic === 'RSDP')!.paths;
    for (const { could, did } of Object.values(rsdp)) {
      expect(could).toMatchObject({ what: 'hvm_start_info rsdp_paddr', function: 'pvh_get_root_pointer' });
      expect(did).toMatchObject({ function: 'acpi_tb_parse_root_table' });
    }
  },
  300_000,
);
