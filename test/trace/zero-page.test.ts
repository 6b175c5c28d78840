import { expect } from 'vitest';
import { compareRecordings } from '../../src/compare/compare.js';
import { corpusTest } from '../outside.js';
import { recorded } from './recorded.js';

const id = 'debian-13-cloud-amd64';

corpusTest(
  'who fills the zero page, as the sources of Linux 6.12 have it',
  id,
  [],
  async () => {
    const recordings = [];
    for (const entry of ['linux64', 'pvh', 'xen-pv'] as const)
      recordings.push(await recorded(id, { entry, until: 'start_kernel' }));
    const [linux64, pvh, pv] = compareRecordings(recordings).paths;
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
  },
  300_000,
);
