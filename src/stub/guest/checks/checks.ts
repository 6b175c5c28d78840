import { HVM_START_MAGIC, hvmStartInfo } from '../../../abi/hvm-start-info.js';
import { MULTIBOOT_LOADER_MAGIC, multibootInfo } from '../../../abi/multiboot.js';
import { MULTIBOOT2_LOADER_MAGIC, multiboot2Info } from '../../../abi/multiboot2.js';
import type { StubId } from '../../entries/entry-stub.js';
import { type Check, checksOf } from '../check.js';
import { efiChecks } from './efi.js';
import { memoryChecks } from './memory.js';
import { interruptsOff, longMode, notVirtual8086, protectedMode, state, trapOff } from './registers.js';
import { xenPvChecks } from './xen-pv.js';
import { linuxSelectors, realModeChecks, zeroPageChecks } from './zero-page.js';

const startInfo = checksOf<keyof typeof hvmStartInfo.fields & string>('data', hvmStartInfo);
const mbi = checksOf<keyof typeof multibootInfo.fields & string>('data', multibootInfo);
const mbi2 = checksOf<keyof typeof multiboot2Info.fields & string>('data', multiboot2Info);
/** ET is hard-wired; PE is asked for separately. */
const CR0_WRITABLE_BUT_PE = 0xe005002en;

/** Every claim of an entry's ABI page (docs/entries) that a guest can see. */
export const checks: Partial<Record<StubId, readonly Check[]>> = {
  linux16: [...realModeChecks, ...zeroPageChecks, ...memoryChecks],
  linux32: [
    ...protectedMode,
    interruptsOff,
    ...linuxSelectors,
    state('rbx', 'EBX is 0', { equal: 0 }),
    state('rbp', 'EBP is 0', { equal: 0 }),
    state('rdi', 'EDI is 0', { equal: 0 }),
    ...zeroPageChecks,
    ...memoryChecks,
  ],
  linux64: [...longMode, interruptsOff, ...linuxSelectors, ...zeroPageChecks, ...memoryChecks],
  efi: efiChecks,
  pvh: [
    ...protectedMode,
    state('cr0', 'every other writable bit of CR0 is clear', { mask: CR0_WRITABLE_BUT_PE, equal: 0 }),
    state('cr4', 'CR4 is 0', { equal: 0 }),
    interruptsOff,
    trapOff,
    notVirtual8086,
    state('rbx', 'EBX points to hvm_start_info', { different: 0 }),
    startInfo('magic', 'hvm_start_info.magic is 0x336ec578', { equal: HVM_START_MAGIC }),
    startInfo('version', 'hvm_start_info.version is at least 1', { atLeast: 1 }),
    startInfo('flags', 'no undefined flag is set', { mask: 0xffffffe0, equal: 0 }),
    startInfo('memmap_paddr', 'there is a memory map', { different: 0 }),
    startInfo('memmap_entries', 'the memory map has entries', { different: 0 }),
    startInfo('reserved', 'the reserved word is 0', { equal: 0 }),
    startInfo('cmdline_paddr', 'the command line lies below 4 GiB', { below: 0x100000000n }),
    ...memoryChecks,
  ],
  'xen-pv': xenPvChecks,
  multiboot: [
    state('rax', 'EAX is 0x2badb002', { equal: MULTIBOOT_LOADER_MAGIC }),
    ...protectedMode,
    interruptsOff,
    notVirtual8086,
    state('rbx', 'EBX points to the information structure', { different: 0 }),
    mbi('flags', 'memory size and map are given, as the header asks', { mask: 1, equal: 1 }),
    mbi('mem_lower', 'mem_lower is at most 640', { below: 641 }),
    mbi('flags', 'a symbol table is given once or not at all', { mask: 0x10, equal: 0 }),
    { name: 'modules begin on page boundaries, as the header asks', routine: 'check_modules_aligned' },
    ...memoryChecks,
  ],
  multiboot2: [
    state('rax', 'EAX is 0x36d76289', { equal: MULTIBOOT2_LOADER_MAGIC }),
    ...protectedMode,
    interruptsOff,
    notVirtual8086,
    state('rbx', 'EBX points to the boot information, 8-byte aligned', { mask: 7, equal: 0 }),
    mbi2('total_size', 'total_size covers at least the end tag', { atLeast: 16 }),
    mbi2('total_size', 'total_size is a multiple of 8', { mask: 7, equal: 0 }),
    mbi2('reserved', 'the reserved word is 0', { equal: 0 }),
    { name: 'modules begin on page boundaries, as the header asks', routine: 'check_modules_aligned' },
    ...memoryChecks,
  ],
};
