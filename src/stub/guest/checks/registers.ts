import { entryState } from '../../../abi/boot-information.js';
import { CR0, CR4, EFER } from '../../../abi/x86/control-registers.js';
import { type Check, checksOf, type StateField } from '../check.js';

const state = checksOf<StateField>('state', entryState);
const PE_AND_PG = (CR0.PE | CR0.PG) >>> 0;
const IF = 0x200;
const TF = 0x100;
const VM = 0x20000;

export { state };

/** What holds at every entry in 32-bit protected mode. */
export const protectedMode: readonly Check[] = [
  state('cr0', 'CR0.PE is set', { mask: CR0.PE, equal: CR0.PE }),
  state('cr0', 'CR0.PG is clear', { mask: CR0.PG >>> 0, equal: 0 }),
  state('efer', 'EFER.LMA is clear', { mask: EFER.LMA, equal: 0 }),
];

/** What holds at every entry in 64-bit mode. */
export const longMode: readonly Check[] = [
  state('cr0', 'CR0.PE and CR0.PG are set', { mask: PE_AND_PG, equal: PE_AND_PG }),
  state('cr4', 'CR4.PAE is set', { mask: CR4.PAE, equal: CR4.PAE }),
  state('efer', 'EFER.LME and EFER.LMA are set', {
    mask: EFER.LME | EFER.LMA,
    equal: EFER.LME | EFER.LMA,
  }),
];

export const interruptsOff = state('rflags', 'RFLAGS.IF is clear', { mask: IF, equal: 0 });
export const trapOff = state('rflags', 'RFLAGS.TF is clear', { mask: TF, equal: 0 });
export const notVirtual8086 = state('rflags', 'RFLAGS.VM is clear', { mask: VM, equal: 0 });
