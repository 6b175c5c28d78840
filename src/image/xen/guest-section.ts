import { latin1 } from '../../core/bytes.js';

/**
 * The legacy __xen_guest section, a string of NAME=VALUE pairs that Xen 3.0 kernels have instead of notes.
 * Addresses are absent when not given; HYPERCALL_PAGE is already turned into an address.
 */
export interface XenGuestSection {
  /** The pairs in order, as written. */
  readonly pairs: readonly (readonly [name: string, value: string])[];
  readonly loader: string;
  readonly guestOs: string;
  readonly guestVersion: string;
  readonly xenVersion: string;
  readonly pae: string;
  readonly bsdSymtab: boolean;
  readonly features: string;
  readonly virtBase?: bigint;
  readonly virtEntry?: bigint;
  readonly elfPaddrOffset?: bigint;
  readonly hypercallPage?: bigint;
}

/**
 * Reads the section as elf_xen_parse_guest_info does (Xen xen/common/libelf/libelf-dominfo.c): pairs separated
 * by commas up to a NUL; the last of a repeated name counts.
 */
export function parseGuestSection(section: Uint8Array): XenGuestSection {
  const end = section.indexOf(0);
  const pairs = pairsOf(latin1(end === -1 ? section : section.subarray(0, end)));
  const value = (name: string): string | undefined => pairs.filter(([key]) => key === name).at(-1)?.[1];
  const virtBase = number(value('VIRT_BASE'));
  const page = number(value('HYPERCALL_PAGE'));
  return {
    pairs,
    loader: value('LOADER') ?? '',
    guestOs: value('GUEST_OS') ?? '',
    guestVersion: value('GUEST_VER') ?? '',
    xenVersion: value('XEN_VER') ?? '',
    pae: value('PAE') ?? '',
    bsdSymtab: value('BSD_SYMTAB') !== undefined,
    features: value('FEATURES') ?? '',
    virtBase,
    virtEntry: number(value('VIRT_ENTRY')),
    elfPaddrOffset: number(value('ELF_PADDR_OFFSET')),
    hypercallPage: page === undefined ? undefined : (page << 12n) + (virtBase ?? 0n),
  };
}

/** Room for a name and for a value in libelf's buffers; what exceeds it starts another pair. */
const NAME_LENGTH = 31;
const VALUE_LENGTH = 127;

function pairsOf(text: string): [string, string][] {
  const pairs: [string, string][] = [];
  let at = 0;
  const take = (limit: number, stops: string): string => {
    const from = at;
    while (at < text.length && at - from < limit && !stops.includes(text[at]!)) at++;
    return text.slice(from, at);
  };
  while (at < text.length) {
    const name = take(NAME_LENGTH, ',=');
    let value = '';
    if (text[at] === '=') {
      at++;
      value = take(VALUE_LENGTH, ',');
    }
    if (text[at] === ',') at++;
    pairs.push([name, value]);
  }
  return pairs;
}

/** strtoull with base 0: 0x hexadecimal, leading 0 octal, else decimal; stops at the first other character. */
function number(text: string | undefined): bigint | undefined {
  if (text === undefined) return undefined;
  const found = /^\s*(0x[0-9a-f]+|0[0-7]*|[1-9][0-9]*)/i.exec(text)?.[1] ?? '0';
  return /^0[0-7]+$/.test(found) ? BigInt(`0o${found.slice(1)}`) : BigInt(found);
}
