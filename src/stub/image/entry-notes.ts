import type { StubId } from '../entries/entry-stub.js';
import type { Universal } from '../universal.js';
import { type Note, wordNote } from './notes.js';

/** Note types of owner "Xen" (Xen public/elfnote.h). */
const type = {
  ENTRY: 1,
  HYPERCALL_PAGE: 2,
  VIRT_BASE: 3,
  PADDR_OFFSET: 4,
  XEN_VERSION: 5,
  GUEST_OS: 6,
  GUEST_VERSION: 7,
  LOADER: 8,
  PHYS32_ENTRY: 18,
} as const;

/** The ELF notes by which a universal image declares its entries. */
export function entryNotes({ program, entries }: Universal): readonly Note[] {
  const notes: Note[] = [];
  const has = (id: StubId): boolean => entries.includes(id);
  const add = (name: keyof typeof type, content: Uint8Array): void => {
    notes.push({ owner: 'Xen', type: type[name], content });
  };
  const text = (value: string): Uint8Array => new TextEncoder().encode(`${value}\0`);
  const address = (name: string): Uint8Array => wordNote(program.address(name), 8);
  if (has('xen-pv')) {
    add('GUEST_OS', text('zeropage'));
    add('GUEST_VERSION', text('1'));
    add('XEN_VERSION', text('xen-3.0'));
    add('LOADER', text('generic'));
    // Virtual addresses are pseudo-physical ones.
    add('VIRT_BASE', wordNote(0n, 8));
    add('PADDR_OFFSET', wordNote(0n, 8));
    add('ENTRY', address('entry_xen-pv'));
    add('HYPERCALL_PAGE', address('hypercall_page'));
  }
  if (has('pvh')) add('PHYS32_ENTRY', wordNote(program.address('entry_pvh'), 4));
  return notes;
}
