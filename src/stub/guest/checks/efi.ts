import {
  EFI_BOOT_SERVICES_SIGNATURE,
  EFI_LOADED_IMAGE_REVISION,
  EFI_SYSTEM_TABLE_SIGNATURE,
  efiBootServices,
  efiMemoryType,
  efiSystemTable,
} from '../../../abi/efi.js';
import { CR0 } from '../../../abi/x86/control-registers.js';
import { type Check, checksOf } from '../check.js';
import { efiProbe } from '../efi-probe.js';
import { memoryChecks } from './memory.js';
import { longMode, state, trapOff } from './registers.js';

const table = checksOf<keyof typeof efiSystemTable.fields & string>('data', efiSystemTable);
const probe = checksOf<keyof typeof efiProbe.fields & string>('probe', efiProbe);
const IF = 0x200;
const DF = 0x400;
const EM_AND_TS = CR0.EM | CR0.TS;
/** 2.0: what UEFI, not EFI, begins with. */
const REVISION = 0x20000;
/** All exceptions masked, extended precision, round to nearest. */
const CONTROL_WORD = 0x37f;
const MXCSR = 0x1f80;
/** Bits of MXCSR that a program's own arithmetic sets. */
const MXCSR_CONTROL = 0xffc0;

/** An EFI application for x86-64 (UEFI 2.10, 2.3.4, 4.1, 4.3, 7.2.3, 9.1). */
export const efiChecks: readonly Check[] = [
  ...longMode,
  state('cr0', 'CR0.EM and CR0.TS are clear', { mask: EM_AND_TS, equal: 0 }),
  state('rflags', 'RFLAGS.IF is set', { mask: IF, equal: IF }),
  state('rflags', 'RFLAGS.DF is clear', { mask: DF, equal: 0 }),
  trapOff,
  state('rsp', 'RSP + 8 is a multiple of 16', { mask: 15, equal: 8 }),
  { name: 'at least 128 KiB of boot services data lie below RSP', routine: 'check_efi_stack' },
  { name: 'CS is a flat 64-bit segment, DS, ES and SS are flat', routine: 'check_efi_selectors' },
  {
    name: 'what is mapped of the memory map is mapped one to one',
    routine: 'check_efi_identity',
  },
  probe('control_word', 'the x87 control word is 0x37f', { equal: CONTROL_WORD }),
  probe('mxcsr', 'MXCSR is 0x1f80', { mask: MXCSR_CONTROL, equal: MXCSR }),
  state('rcx', 'RCX is the image handle', { different: 0 }),
  state('rdx', 'RDX points to the system table', { different: 0 }),
  table('Signature', 'the system table is signed "IBI SYST"', { equal: EFI_SYSTEM_TABLE_SIGNATURE }),
  table('Revision', 'its revision is 2.0 or later', { atLeast: REVISION }),
  table('HeaderSize', 'its size covers all fields', { atLeast: efiSystemTable.size }),
  table('Reserved', 'its reserved word is 0', { equal: 0 }),
  table('FirmwareVendor', 'it names the vendor of the firmware', { different: 0 }),
  table('NumberOfTableEntries', 'there are configuration tables', { different: 0 }),
  probe('con_out', 'there is a console', { different: 0 }),
  probe('system_crc32_right', 'the CRC32 of the system table is right', { equal: 1 }),
  { name: 'it is right after ExitBootServices, too', routine: 'check_efi_crc32_after' },
  probe('boot_signature', 'the boot services are signed "BOOTSERV"', { equal: EFI_BOOT_SERVICES_SIGNATURE }),
  probe('boot_revision', 'their revision is 2.0 or later', { atLeast: REVISION }),
  probe('boot_header_size', 'their size covers the services of 2.0', { atLeast: efiBootServices.size }),
  probe('boot_crc32_right', 'the CRC32 of the boot services is right', { equal: 1 }),
  probe('runtime_crc32_right', 'the CRC32 of the runtime services is right', { equal: 1 }),
  probe('loaded_image_status', 'the image handle has the loaded image protocol', { equal: 0 }),
  probe('image_revision', 'its revision is 0x1000', { equal: EFI_LOADED_IMAGE_REVISION }),
  { name: 'it names the same system table', routine: 'check_efi_own_system_table' },
  { name: 'the entry point lies in the image it describes', routine: 'check_efi_entry_in_image' },
  probe('image_code_type', 'the code is of type EfiLoaderCode', { equal: efiMemoryType.EfiLoaderCode }),
  probe('image_data_type', 'the data is of type EfiLoaderData', { equal: efiMemoryType.EfiLoaderData }),
  { name: 'the memory map has all of it as loader code or data', routine: 'check_efi_image_covered' },
  { name: 'the descriptors are of version 1', routine: 'check_efi_descriptor_version' },
  { name: 'their size is a multiple of 8 and covers all fields', routine: 'check_efi_descriptor_size' },
  { name: 'every descriptor is of whole pages, at least one', routine: 'check_efi_descriptors' },
  ...memoryChecks,
];
