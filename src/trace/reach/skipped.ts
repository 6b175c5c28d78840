import type { Elf } from '../../image/container/elf.js';
import type { SymbolTable } from '../../image/symbols/symbol-table.js';
import { signed } from '../function-table.js';

/**
 * Sections that say something about places in code (patch it, unwind it, name it) or where entries are, and from which no pointer is called
 * (arch/x86/kernel/vmlinux.lds.S, include/asm-generic/vmlinux.lds.h).
 */
const sections: ReadonlySet<string> = new Set([
  '.notes',
  '.BTF',
  '.BTF_ids',
  '.orc_header',
  '.orc_unwind',
  '.orc_unwind_ip',
  '.orc_lookup',
  '.parainstructions',
  '.retpoline_sites',
  '.return_sites',
  '.call_sites',
  '.cfi_sites',
  '.ibt_endbr_seal',
  '.altinstructions',
  '.smp_locks',
  '__bug_table',
  '__ex_table',
  '__kcrctab',
  '__kcrctab_gpl',
  '__ksymtab_strings',
]);

/** The same inside other sections, between marks. */
const tables = [
  ['__start_mcount_loc', '__stop_mcount_loc'],
  ['__start_kprobe_blacklist', '__stop_kprobe_blacklist'],
  ['__start_error_injection_whitelist', '__stop_error_injection_whitelist'],
  ['__start_static_call_sites', '__stop_static_call_sites'],
  ['__start_static_call_tramp_key', '__stop_static_call_tramp_key'],
  ['__start___jump_table', '__stop___jump_table'],
] as const;

export interface Stretch {
  readonly start: number;
  readonly end: number;
}

/** Link-time addresses (signed) of data from which nothing is called, in ascending order. */
export function skippedData(elf: Elf, symbols: SymbolTable): Stretch[] {
  const marks = symbols.findFew(tables.flat());
  const between = tables.flatMap(([first, last]) => {
    const [start, end] = [marks.get(first), marks.get(last)];
    return start === undefined || end === undefined ? [] : [{ start: signed(start), end: signed(end) }];
  });
  const whole = elf.sections
    .filter(({ name }) => sections.has(name))
    .map(({ addr, size }) => ({ start: signed(addr), end: signed(addr) + size }));
  return [...between, ...whole].sort((a, b) => a.start - b.start);
}
