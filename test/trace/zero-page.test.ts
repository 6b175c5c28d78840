import { expect } from 'vitest';
import { compareRecordings } from '../../src/compare/compare.js';
import { corpusTest } from '../outside.js';
import { recorded } from './recorded.js';

const id = 'debian-13-cloud-amd64';

corpusTest(
  "through linux16 it is the kernel's own setup code",
  id,
  [],
  async () => {
    const { paths } = compareRecordings([await recorded(id, { entry: 'linux16', until: 'start_kernel' })]);
    const [{ zeroPage, prologue }] = paths as [(typeof paths)[number]];
    expect(zeroPage).toMatchObject([
      { by: '(setup)', copiedBy: 'copy_bootdata' },
      { by: '(decompressor)', copiedBy: 'copy_bootdata' },
    ]);
    expect(prologue!.modules).toEqual(['setup', 'decompressor']);
  },
  300_000,
);

corpusTest(
  'who fills the zero page and other state, as the sources of Linux 6.12 have it',
  id,
  [],
  async () => {
    const recordings = [];
    for (const entry of ['linux64', 'pvh', 'xen-pv'] as const)
      recordings.push(await recorded(id, { entry, until: 'start_kernel' }));
    const { paths, sameState } = compareRecordings(recordings);
    const [linux64, pvh, pv] = paths;
    const copiedBy = 'copy_bootdata';
    // arch/x86/boot/compressed/misc.c: extract_kernel() clears loadflags' KASLR_FLAG and notes where the RSDP is.
    expect(linux64!.zeroPage).toMatchObject([
      { by: 'loader', copiedBy },
      { by: '(decompressor)', copiedBy },
    ]);
    expect(linux64!.zeroPage[0]!.bytes).toBeGreaterThan(50);
    // arch/x86/platform/pvh/enlighten.c: init_pvh_bootparams(), inlined.
    expect(pvh!.zeroPage).toMatchObject([{ by: 'xen_prepare_pvh', copiedBy }]);
    // arch/x86/xen/enlighten_pv.c: it writes to boot_params itself.
    expect(pv!.zeroPage).toMatchObject([{ by: 'xen_start_kernel', copiedBy: null }]);
    // It leaves hdr.version 0, so that x86_64_start_reservations() copies boot_params onto itself; native entries fill it once.
    const writers = (object: string) =>
      sameState
        .filter((each) => each.object === object)
        .map((each) => [each.again, ...each.writers.map(({ path, function: name }) => `${path} ${name}`)]);
    expect(writers('boot_params')).toEqual([['stub', 'xen-pv xen_start_kernel', `xen-pv ${copiedBy}`]]);
    const [written] = sameState.filter(({ object }) => object === 'boot_params');
    expect(written!.writers.map(({ inStub }) => inStub)).toEqual([true, false]);
    // arch/x86/kernel/head64.c and arch/x86/xen/mmu_pv.c have each its own way to fill the kernel's page tables.
    expect(writers('init_top_pgt')[0]!.sort()).toEqual([
      'linux64 x86_64_start_kernel',
      'paths',
      'pvh x86_64_start_kernel',
      'xen-pv convert_pfn_mfn',
      'xen-pv xen_setup_kernel_pagetable',
    ]);
    expect(sameState.map(({ object }) => object).sort()).toEqual([
      'boot_params',
      'init_top_pgt',
      'level2_fixmap_pgt',
      'level2_kernel_pgt',
      'level3_kernel_pgt',
    ]);
  },
  300_000,
);
