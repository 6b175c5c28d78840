import { expect } from 'vitest';
import { compareRecordings } from '../../src/compare/compare.js';
import { openImage } from '../../src/image/open.js';
import { trace } from '../../src/trace/trace.js';
import { corpusTest } from '../outside.js';

corpusTest(
  'who fills the zero page, as the sources of Linux 6.12 have it',
  'debian-13-cloud-amd64',
  [],
  async ({ data }) => {
    const image = await openImage(data);
    const recordings = [];
    for (const entry of ['linux64', 'pvh', 'xen-pv'] as const) {
      const options = { entry, append: 'nokaslr', until: 'start_kernel' } as const;
      recordings.push((await trace(image, options)).recording);
    }
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
