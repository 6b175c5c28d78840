import { SIF, XEN_PV_MAGIC, XEN_SELECTOR, xenStartInfo } from '../../../abi/xen.js';
import { type Check, checksOf, type StateField } from '../check.js';
import { memoryChecks } from './memory.js';
import { notVirtual8086, state, trapOff } from './registers.js';

const info = checksOf<keyof typeof xenStartInfo.fields & string>('data', xenStartInfo);
const IF = 0x200;
const DF = 0x400;
const PAGE_OFFSET = 0xfff;
/** SIF_PM_MASK: bits that carry an option of Xen's power management. */
const SIF_PM_MASK = 0xff00;
const UNDEFINED_FLAGS = ~(Object.values(SIF).reduce((all, bit) => all | bit, SIF_PM_MASK) | 0) >>> 0;
const others: readonly StateField[] = [
  'rax',
  'rbx',
  'rcx',
  'rdx',
  'rdi',
  'rbp',
  'r8',
  'r9',
  'r10',
  'r11',
  'r12',
  'r13',
  'r14',
  'r15',
];

/** Eight characters of the magic text. */
function magic(name: string, from: number): Check {
  const bytes = new Uint8Array(8);
  bytes.set(new TextEncoder().encode(XEN_PV_MAGIC.slice(from, from + 8)));
  const value = new DataView(bytes.buffer).getBigUint64(0, true);
  const offset = xenStartInfo.fields.magic.offset + from;
  return { name, source: 'data', offset, size: 8, mask: (1n << 64n) - 1n, comparison: 'equal', value };
}

/** A 64-bit PV guest (Xen public/xen.h, public/arch-x86/xen-x86_64.h). */
export const xenPvChecks: readonly Check[] = [
  state('cs', 'CS is FLAT_KERNEL_CS, 0xe033', { equal: XEN_SELECTOR.code64 }),
  state('ss', 'SS is FLAT_KERNEL_SS, 0xe02b', { equal: XEN_SELECTOR.data }),
  state('ds', 'DS is 0', { equal: 0 }),
  state('es', 'ES is 0', { equal: 0 }),
  state('fs', 'FS is 0', { equal: 0 }),
  state('gs', 'GS is 0', { equal: 0 }),
  state('rflags', 'RFLAGS.IF is set', { mask: IF, equal: IF }),
  state('rflags', 'RFLAGS.DF is clear', { mask: DF, equal: 0 }),
  trapOff,
  notVirtual8086,
  state('rsi', 'RSI points to start_info, on a page of its own', { mask: PAGE_OFFSET, equal: 0 }),
  state('rsp', 'RSP is the end of a page', { mask: PAGE_OFFSET, equal: 0 }),
  ...others.map((register) => state(register, `${register.toUpperCase()} is 0`, { equal: 0 })),
  magic('start_info.magic begins with "xen-3.0-"', 0),
  magic('it ends with "x86_64"', 8),
  info('nr_pages', 'nr_pages is not 0', { different: 0 }),
  info('shared_info', 'shared_info is the address of a page', { mask: PAGE_OFFSET, equal: 0 }),
  info('shared_info', 'shared_info is not 0', { different: 0 }),
  info('flags', 'no undefined flag is set', { mask: UNDEFINED_FLAGS, equal: 0 }),
  info('pt_base', 'pt_base is the address of a page', { mask: PAGE_OFFSET, equal: 0 }),
  info('nr_pt_frames', 'there are page tables of four levels at least', { atLeast: 4 }),
  info('mfn_list', 'mfn_list is the address of a page', { mask: PAGE_OFFSET, equal: 0 }),
  { name: 'mfn_list and the table of machine frames are inverse', routine: 'check_pv_frames' },
  {
    name: 'image, module, mfn_list, start_info, page tables and stack follow each other',
    routine: 'check_pv_order',
  },
  {
    name: 'all is mapped up to 512 KiB behind the stack and more, page tables read-only',
    routine: 'check_pv_mapping',
  },
  { name: 'events are masked on all processors', routine: 'check_pv_upcall_mask' },
  { name: 'the hypercall page is filled', routine: 'check_pv_hypercall_page' },
  { name: 'the module begins on a page', routine: 'check_modules_aligned' },
  ...memoryChecks,
];
