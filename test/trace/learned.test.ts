import { expect } from 'vitest';
import type { Learned, RecordedPlace } from '../../src/trace/learned/row.js';
import type { TraceOptions } from '../../src/trace/trace.js';
import { corpusTest } from '../outside.js';
import { recorded } from './recorded.js';

const id = 'debian-13-cloud-amd64';

/** What a boot of Debian 13's cloud kernel to start_kernel learned, checked against the sources of Linux 6.12. */
async function learnedBy(options: TraceOptions) {
  const { functions, learned } = await recorded(id, { until: 'start_kernel', ...options });
  const name = ({ function: row }: RecordedPlace): string => functions.name[row]!;
  const find = (what: string, module = 'kernel'): Learned | undefined =>
    learned.find(
      ({ source, field, function: row }) =>
        `${source} ${field}` === what && (functions.module[row] === 0) === (module === 'kernel'),
    );
  return {
    learned,
    find,
    /** "function < caller", instruction, who wrote it, value. */
    told: (what: string, module?: string) => {
      const row = find(what, module);
      return (
        row && [
          [row, ...row.callers.slice(0, 1)].map(name).join(' < '),
          row.instruction,
          row.writtenBy,
          row.value,
        ]
      );
    },
  };
}

corpusTest('PVH looks for Xen in 256 leaves, then reads what the loader left', id, [], async () => {
  const { told, find } = await learnedBy({ entry: 'pvh', platform: 'bare' });
  expect(told('hvm_start_info magic')).toEqual(['pvh_start_xen', 1, 'loader', '0x336ec578']);
  const search = find('cpuid 0x40000000…0x4000ff00')!;
  expect([search.instruction, search.last]).toEqual([93, 12_078]);
  expect(told('cpuid 0x40000000…0x4000ff00')![0]).toBe('native_cpuid < xen_prepare_pvh');
  expect(told('hvm_start_info cmdline_paddr')).toEqual([
    'xen_prepare_pvh < pvh_start_xen',
    12_218,
    'loader',
    '0x11000',
  ]);
  // What init_pvh_bootparams() writes, and what nobody does.
  expect(told('boot_params version')!.slice(2)).toEqual(['kernel', '0x20c']);
  expect(told('boot_params hardware_subarch')).toEqual([
    'x86_early_init_platform_quirks < x86_64_start_reservations',
    20_264,
    null,
    '0x0',
  ]);
  // The copy in copy_bootdata() is no reading.
  expect(told('boot_params cmd_line_ptr')![0]).toBe('copy_bootdata < x86_64_start_kernel');
});

corpusTest('on Xen the first leaf answers', id, [], async () => {
  const { told } = await learnedBy({ entry: 'pvh', platform: 'xen-pvh' });
  expect(told('cpuid 0x40000000')!.slice(0, 2)).toEqual(['native_cpuid < xen_prepare_pvh', 93]);
  expect(told('hvm_start_info flags')![0]).toBe('xen_pvh_init < xen_prepare_pvh');
});

corpusTest('Xen PV leaves hdr.version to nobody, so boot_params is copied onto itself', id, [], async () => {
  const { told, learned } = await learnedBy({ entry: 'xen-pv', platform: 'xen-pv' });
  expect(told('start_info flags')).toEqual(['xen_start_kernel < startup_xen', 53, 'loader', '0x8']);
  expect(told('hypercall xen_version get_features')![0]).toMatch(/^xen_hypercall\w* < xen_setup_features$/);
  expect(told('boot_params version')!.slice(2)).toEqual([null, '0x0']);
  expect(told('boot_params hardware_subarch')!.slice(2)).toEqual(['kernel', '0x2']);
  // The copy is none of them.
  expect(learned.filter(({ source, field }) => source === 'boot_params' && field.includes('…'))).toEqual([]);
});

corpusTest('the decompressor reads what the kernel reads again', id, [], async () => {
  const { told } = await learnedBy({ entry: 'linux64', platform: 'bare' });
  expect(told('boot_params acpi_rsdp_addr', 'decompressor')!.slice(2)).toEqual(['loader', '0xe0000']);
  expect(told('boot_params acpi_rsdp_addr')).toBeUndefined();
  expect(told('loader command line', 'decompressor')).toBeDefined();
  expect(told('loader command line')![0]).toBe('copy_bootdata < x86_64_start_kernel');
  expect(told('boot_params version')!.slice(2)).toEqual(['loader', '0x20f']);
});
