import { expect, test } from 'vitest';
import { craftSubject } from '../../../test/craft/subject.js';
import { makeRecording } from '../../../test/trace/recording.js';
import type { Learned } from '../../trace/learned/row.js';
import type { Recording } from '../../trace/recording.js';
import { missingField } from './missing-field.js';

const functions = ['x86_64_start_reservations', 'setup_arch', 'xen_prepare_pvh'];
const first = makeRecording({ functions }).functions.name.indexOf(functions[0]!);

/** A read: where, of what, what was there, and who had written that. */
const read = (
  by: string,
  place: `${string}.${string}`,
  value: string,
  writtenBy: Learned['writtenBy'] = null,
  instruction = 10,
): Learned => {
  const [source, field] = place.split('.') as [string, string];
  return {
    function: first + functions.indexOf(by),
    offset: 0,
    source,
    field,
    access: 'read',
    instruction,
    last: instruction,
    callers: [],
    writtenBy,
    value,
  };
};
const made = (entry: Recording['boot']['entry'], ...learned: Learned[]): Recording =>
  makeRecording({ entry, functions, learned });
/** Of start_kernel. */
const rootPointer = (target: string): Recording['states'][number] => ({
  waypoint: 'start_kernel',
  instruction: 50,
  registers: {},
  kept: {},
  paging: { levels: 4, root: '0x0', tables: [], pages: {}, mapped: 0, writableExecutable: 0, user: 0 },
  tables: [
    {
      table: 'x86_init',
      freed: false,
      ops: [
        { member: 'acpi.get_root_pointer', kind: 'replaced', target, initial: null, by: null, sites: [] },
      ],
    },
  ],
});
const found = (...recordings: Recording[]) => [...missingField.detect(craftSubject(recordings))];

test('a field that nobody filled is found when the path was given what belongs there', () => {
  const pvh = made(
    'pvh',
    read('xen_prepare_pvh', 'hvm_modlist_entry.paddr', '0x1000', 'loader', 5),
    read('setup_arch', 'boot_params.ramdisk_image', '0x0', null, 20),
  );
  const native = made('linux64', read('setup_arch', 'boot_params.ramdisk_image', '0x1000', 'loader'));
  expect(found(native, pvh)).toEqual([
    {
      severity: 'error',
      entry: 'pvh',
      function: 'setup_arch',
      instruction: 20,
      message:
        'setup_arch reads boot_params.ramdisk_image, which nobody on this path has written: hvm_modlist_entry.paddr, which xen_prepare_pvh read, is not handed over, and there is no initrd, and its memory is given away (Documentation/arch/x86/boot.rst, ramdisk_image; arch/x86/platform/pvh/enlighten.c, init_pvh_bootparams; arch/x86/xen/enlighten_pv.c, xen_start_kernel).',
      other: 'linux64 has 0x1000 there, of the loader.',
      confidence: 'likely',
      reproduce: 'zeropage trace boot/vmlinuz --entry pvh --platform bare --until setup_arch',
    },
  ]);
});

test('what the stub did not even look at was given when another path has it, or its use shows it', () => {
  const reads = [read('setup_arch', 'boot_params.acpi_rsdp_addr', '0x0')];
  expect(found(made('pvh', ...reads))).toEqual([]);
  expect(found(made('pvh', ...reads, read('setup_arch', 'RSDP.length', '0x24', 'firmware')))).toMatchObject([
    { message: expect.stringContaining('hvm_start_info.rsdp_paddr, which nobody read, is not handed over') },
  ]);
  const native = made('linux64', read('setup_arch', 'boot_params.acpi_rsdp_addr', '0xe0000', 'loader'));
  expect(found(made('pvh', ...reads), native)).toMatchObject([{ entry: 'pvh' }]);
});

test('what nobody read where paths meet, and nobody gives otherwise, cannot have been handed over', () => {
  const ends = (giver: string, ...learned: Learned[]): Recording => ({
    ...made('pvh', ...learned),
    waypoints: [{ name: 'start_kernel', instruction: 50, time: 0 }],
    states: [rootPointer(giver)],
  });
  expect(found(ends('x86_default_get_root_pointer'))).toMatchObject([
    {
      severity: 'error',
      function: 'x86_default_get_root_pointer',
      instruction: 50,
      message: expect.stringContaining('Nobody has read hvm_start_info.rsdp_paddr before start_kernel'),
      other: null,
      reproduce: 'zeropage trace boot/vmlinuz --entry pvh --platform bare --until start_kernel',
    },
  ]);
  expect(found(ends('pvh_get_root_pointer'))).toEqual([]);
  const copied = read('xen_prepare_pvh', 'hvm_start_info.rsdp_paddr', '0xe0000', 'loader');
  expect(found(ends('x86_default_get_root_pointer', copied))).toEqual([]);
});

test('what was not given is not missing', () => {
  const none = read('xen_prepare_pvh', 'hvm_start_info.cmdline_paddr', '0x0', 'loader');
  expect(found(made('pvh', none, read('setup_arch', 'boot_params.cmd_line_ptr', '0x0')))).toEqual([]);
});

test('a constant of the path always is', () => {
  const forgot = read('setup_arch', 'boot_params.hardware_subarch', '0x0');
  expect(found(made('xen-pv', forgot))).toMatchObject([{ severity: 'error', function: 'setup_arch' }]);
  expect(found(made('pvh', forgot))).toEqual([]);
});

test('what may well stay empty is a note', () => {
  expect(found(made('pvh', read('setup_arch', 'boot_params.loadflags', '0x0')))).toMatchObject([
    { severity: 'note', confidence: 'possible' },
  ]);
});

test('filled fields, and zeros that a loader put there, are silent', () => {
  expect(
    found(
      made(
        'linux64',
        read('setup_arch', 'boot_params.version', '0x0', 'loader'),
        read('setup_arch', 'boot_params.cmd_line_ptr', '0x1000', 'kernel'),
        read('setup_arch', 'boot_params.ramdisk_image', '0x0'),
        read('setup_arch', 'boot_params.ext_ramdisk_image', '0x1', 'loader'),
      ),
    ),
  ).toEqual([]);
});
