import { describe, expect } from 'vitest';
import { compareRecordings } from '../../src/compare/compare.js';
import { corpusTest } from '../outside.js';
import { recorded } from './recorded.js';

const id = 'debian-13-cloud-amd64';
const until = 'start_kernel';

/** What a bare PC without the hypervisor bit runs beside it: microcode is looked for. */
const noHypervisorBit = ['x86_cpuid_vendor', 'x86_family'];

describe('against what QEMU and Xen ran, to start_kernel', () => {
  corpusTest(
    'linux64, pvh and xen-pv',
    id,
    [],
    async () => {
      const { joins, before, twice } = compareRecordings([
        await recorded(id, { entry: 'linux64', until }),
        await recorded(id, { entry: 'pvh', until }),
        await recorded(id, { entry: 'xen-pv', until }),
      ]);
      expect(joins.map(({ at }) => at)).toEqual([
        'startup_64',
        'x86_64_start_reservations',
        'x86_64_start_reservations',
      ]);
      const [pvh, pv] = [before[0]!, before[1]!];
      // native_cpuid and memcmp, which scan for Xen, run on both: tdx_early_init calls them.
      expect([pvh.onlyA, pvh.onlyB]).toEqual([[], ['pvh_start_xen', 'xen_prepare_pvh']]);
      expect(pv.onlyA.filter((name) => !noHypervisorBit.includes(name))).toHaveLength(32);
      expect([pv.onlyB.length, pv.both]).toEqual([80, 13]);
      expect(pv.onlyA).toEqual(
        expect.arrayContaining([
          'reset_early_page_tables',
          'sme_early_init',
          'tdx_early_init',
          'load_ucode_bsp',
        ]),
      );
      // copy_bootdata runs on both, by way of different functions.
      expect([...pv.onlyA, ...pv.onlyB]).not.toContain('copy_bootdata');
      expect(twice.filter(({ function: name }) => name === 'copy_bootdata')).toEqual([]);
    },
    300_000,
  );

  corpusTest('pvh with Xen underneath', id, [], async () => {
    const { joins, before } = compareRecordings([
      await recorded(id, { entry: 'pvh', until }),
      await recorded(id, { entry: 'pvh', platform: 'xen-pvh', until }),
    ]);
    expect(joins).toEqual([{ a: 'pvh/bare', b: 'pvh/xen-pvh', at: 'pvh_start_xen' }]);
    expect(before[0]!.onlyA).toEqual(noHypervisorBit);
    expect(before[0]!.onlyB).toEqual(['xen_pvh_init', 'xen_efi_init']);
  });
});
