import { expect } from 'vitest';
import type { BootOptions } from '../../src/boot/options.js';
import { knowsOn } from '../../src/compare/knows.js';
import { pathsOf } from '../../src/compare/path.js';
import { openImage } from '../../src/image/open.js';
import { trace } from '../../src/trace/trace.js';
import { corpusTest } from '../outside.js';

/** When a boot of Debian 13's cloud kernel to start_kernel knows what it runs on, as Linux 6.12's sources have it. */
async function typeKnown(data: Uint8Array, options: BootOptions) {
  const wanted = { append: 'nokaslr', until: 'start_kernel', ...options };
  const { recording } = await trace(await openImage(data), wanted);
  const paths = pathsOf([recording]);
  return knowsOn(paths)[0]!.paths[paths[0]!.name]!;
}

corpusTest(
  'Xen PV knows from the start, PVH when its search has ended',
  'debian-13-cloud-amd64',
  [],
  async ({ data }) => {
    const pv = await typeKnown(data, { entry: 'xen-pv', platform: 'xen-pv' });
    expect(pv.could).toMatchObject({ what: 'entry xen-pv', function: 'startup_xen', instruction: 0 });
    expect(pv.did).toMatchObject({ what: 'xen_domain_type', function: 'xen_start_kernel', instruction: 52 });
    const xen = await typeKnown(data, { entry: 'pvh', platform: 'xen-pvh' });
    expect(xen.could).toMatchObject({ what: 'cpuid 0x40000000', instruction: 93 });
    expect(xen.did).toMatchObject({ what: 'xen_domain_type', function: 'xen_pvh_init', instruction: 185 });
    // Nobody keeps that there is none: init_hypervisor_platform() looks again in setup_arch().
    const bare = await typeKnown(data, { entry: 'pvh', platform: 'bare' });
    expect(bare.could).toMatchObject({ instruction: 12_078, callers: ['xen_prepare_pvh', 'pvh_start_xen'] });
    expect(bare.did).toBeNull();
  },
  300_000,
);

corpusTest(
  'nothing is kept before the kernel was told it, and the RSDP is told by who looks for it',
  'debian-13-cloud-amd64',
  [],
  async ({ data }) => {
    const image = await openImage(data);
    const recordings = [];
    for (const platform of ['bare', 'kvm', 'xen-pvh'] as const) {
      // Behind setup_arch(), which finds most of it.
      const options = { entry: 'pvh', platform, append: 'nokaslr', until: 'setup_per_cpu_areas' } as const;
      recordings.push((await trace(image, options)).recording);
    }
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
