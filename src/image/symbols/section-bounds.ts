import type { Elf } from '../container/elf.js';
import type { SymbolTable } from './symbol-table.js';

/** A part of the kernel that boot code treats as a whole, by its link-time addresses. */
export interface SectionBounds {
  readonly id: SectionId;
  readonly title: string;
  readonly start: bigint;
  /** First address behind it. */
  readonly end: bigint;
  /** What says so: "_stext … _etext", or "section .bss". */
  readonly foundBy: string;
}

export type SectionId =
  | 'text'
  | 'rodata'
  | 'data'
  | 'init'
  | 'init-text'
  | 'percpu'
  | 'bss'
  | 'brk'
  | 'image';

/** Symbols of the linker scripts (asm-generic/vmlinux.lds.h), and ELF sections where those are not in kallsyms. */
const parts: readonly { id: SectionId; title: string; first: string; last: string; section?: string }[] = [
  { id: 'image', title: 'whole image', first: '_text', last: '_end' },
  { id: 'text', title: 'code', first: '_stext', last: '_etext', section: '.text' },
  { id: 'rodata', title: 'read-only data', first: '__start_rodata', last: '__end_rodata' },
  { id: 'data', title: 'data', first: '_sdata', last: '_edata', section: '.data' },
  {
    id: 'percpu',
    title: 'per-CPU data',
    first: '__per_cpu_start',
    last: '__per_cpu_end',
    section: '.data..percpu',
  },
  { id: 'init', title: 'code and data freed after boot', first: '__init_begin', last: '__init_end' },
  {
    id: 'init-text',
    title: 'code freed after boot',
    first: '_sinittext',
    last: '_einittext',
    section: '.init.text',
  },
  { id: 'bss', title: 'zeroed data', first: '__bss_start', last: '__bss_stop', section: '.bss' },
  { id: 'brk', title: 'early allocations', first: '__brk_base', last: '__brk_limit', section: '.brk' },
];

/** The bounds of those parts that the symbols, or the sections, of an image name. */
export function sectionBounds(symbols: SymbolTable, elf?: Elf): SectionBounds[] {
  return parts.flatMap(({ id, title, first, last, section }) => {
    const start = symbols.find(first);
    const end = symbols.find(last);
    if (start !== undefined && end !== undefined && end >= start) {
      return [{ id, title, start, end, foundBy: `${first} … ${last}` }];
    }
    const found = section && elf?.sections.find(({ name }) => name === section);
    if (!found) return [];
    return [
      { id, title, start: found.addr, end: found.addr + BigInt(found.size), foundBy: `section ${section}` },
    ];
  });
}
