import { bootParams } from '../../../abi/boot-params.js';
import { BOOT_FLAG, SETUP_MAGIC } from '../../../abi/setup-header.js';
import { realModeFault } from '../../image/real-mode-setup.js';
import { type Check, checksOf } from '../check.js';
import { state } from './registers.js';

const page = checksOf<keyof typeof bootParams.fields & string>('data', bootParams);

/** The zero page, as both Linux entries are given it (Linux Documentation/arch/x86/boot.rst, zero-page.rst). */
export const zeroPageChecks: readonly Check[] = [
  state('rsi', 'RSI points to the zero page', { different: 0 }),
  page('header', 'setup_header.header is "HdrS"', { equal: SETUP_MAGIC }),
  page('boot_flag', 'setup_header.boot_flag is 0xaa55', { equal: BOOT_FLAG }),
  page('sentinel', 'sentinel is 0: the loader copied the setup header alone', { equal: 0 }),
  page('type_of_loader', 'type_of_loader says which loader it was', { different: 0 }),
  page('code32_start', 'code32_start is where the protected-mode code lies', { equal: 0x100000 }),
  page('cmd_line_ptr', 'cmd_line_ptr points to a command line', { different: 0 }),
  page('e820_entries', 'e820_entries is between 1 and 128', { atLeast: 1 }),
  page('e820_entries', 'e820_entries does not exceed the table', { below: 129 }),
];

/** What the setup code saw in real mode, before it changed anything. */
export const realModeChecks: readonly Check[] = [
  page('scratch', 'CS is the load segment + 0x20', { mask: realModeFault.cs, equal: 0 }),
  page('scratch', 'ES is DS, the load segment', { mask: realModeFault.es, equal: 0 }),
  page('scratch', 'FS is DS', { mask: realModeFault.fs, equal: 0 }),
  page('scratch', 'GS is DS', { mask: realModeFault.gs, equal: 0 }),
  page('scratch', 'SS is DS', { mask: realModeFault.ss, equal: 0 }),
  page('scratch', 'EFLAGS.IF is clear', { mask: realModeFault.interrupts, equal: 0 }),
];

const BOOT_CS = 0x10;
const BOOT_DS = 0x18;

/** Selectors the Linux boot protocols fix, and what their descriptors must be. */
export const linuxSelectors: readonly Check[] = [
  state('cs', 'CS is __BOOT_CS, 0x10', { equal: BOOT_CS }),
  state('ds', 'DS is __BOOT_DS, 0x18', { equal: BOOT_DS }),
  state('es', 'ES is __BOOT_DS, 0x18', { equal: BOOT_DS }),
  state('ss', 'SS is __BOOT_DS, 0x18', { equal: BOOT_DS }),
  { name: 'the loaded GDT holds flat descriptors for both', routine: 'check_linux_gdt' },
];
