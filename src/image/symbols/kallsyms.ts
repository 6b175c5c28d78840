import type { Bytes } from '../../core/bytes.js';
import { hex } from '../../core/errors.js';
import type { AddressSpace } from './address-space.js';
import type { AddressForm } from './kallsyms-addresses.js';
import type { KallsymsLayout } from './kallsyms-layout.js';
import { type SymbolColumns, type SymbolSource, SymbolTable } from './symbol-table.js';
import { isXen } from './xen.js';

/** Longest name that is decoded, type letter included: twice the kernel's KSYM_NAME_LEN since 6.1. */
const maxName = 1024;
/** Bytes of all names together: thirty times what distributions ship. */
const maxText = 1 << 27;

const forms: Record<AddressForm, string> = {
  absolute: 'absolute addresses',
  'image-relative': 'relative to the image base',
  relative: 'relative to kallsyms_relative_base',
  'relative-percpu': 'relative to kallsyms_relative_base, per-CPU symbols absolute',
  'pc-relative': 'each relative to its own place',
};

/** The symbols that kallsyms holds, or in a sentence why they make no sense. */
export function readKallsyms(
  bytes: Bytes,
  layout: KallsymsLayout,
  space: AddressSpace,
  /** What addresses are relative to: the value of kallsyms_relative_base, or the image base. */
  base: bigint,
): { table?: SymbolTable; problem?: string } {
  const names = decodeNames(bytes.data, layout);
  if (!names) return { problem: `kallsyms_names at ${hex(layout.names.offset)} holds an impossible name` };
  const addresses = decodeAddresses(bytes, layout, space, base);
  if (!addresses) {
    const { offset } = layout.addresses;
    return {
      problem: `the addresses in kallsyms at ${hex(offset)} do not ascend, or leave the address space`,
    };
  }
  const source = { from: 'kallsyms', form: forms[layout.form], blobs: layout.blobs } as const;
  const table = new SymbolTable({ addresses, ...names }, space, source);
  return {
    table: isXenForm(layout, table) ? new SymbolTable(table.columns, space, xenSource(layout)) : table,
  };
}

/** Xen has the same arrays (its tools/symbols.c descends from scripts/kallsyms.c), with names of its own. */
function isXenForm({ form }: KallsymsLayout, table: SymbolTable): boolean {
  return (form === 'image-relative' || form === 'absolute') && isXen(table);
}

function xenSource({ blobs }: KallsymsLayout): SymbolSource {
  const renamed = Object.entries(blobs).map(([name, blob]) => {
    const own = name === 'kallsyms_addresses' ? 'symbols_offsets' : name.replace('kallsyms_', 'symbols_');
    return [own, blob] as const;
  });
  return { from: 'kallsyms', form: forms['image-relative'], blobs: Object.fromEntries(renamed) };
}

/** Each code stands for a string of the token table; the first character of a name is its type. */
function decodeNames(
  data: Uint8Array,
  { count, tokens, codeStarts, codeCounts }: KallsymsLayout,
): Omit<SymbolColumns, 'addresses'> | undefined {
  const starts = new Uint32Array(count + 1);
  let size = 0;
  for (let i = 0; i < count; i++) {
    let length = 0;
    const end = codeStarts[i]! + codeCounts[i]!;
    for (let at = codeStarts[i]!; at < end; at++) length += tokens.lengths[data[at]!]!;
    if (length < 1 || length > maxName) return undefined;
    size += length - 1;
    starts[i + 1] = size;
  }
  if (size > maxText) return undefined;

  const text = new Uint8Array(size);
  const types = new Uint8Array(count);
  let to = 0;
  for (let i = 0; i < count; i++) {
    const end = codeStarts[i]! + codeCounts[i]!;
    let typed = false;
    for (let at = codeStarts[i]!; at < end; at++) {
      const code = data[at]!;
      let from = tokens.starts[code]!;
      const last = from + tokens.lengths[code]!;
      if (!typed && from < last) {
        types[i] = data[from++]!;
        typed = true;
      }
      // Tokens are a few bytes long: a loop beats `set`.
      while (from < last) text[to++] = data[from++]!;
    }
  }
  return { types, text, starts };
}

function decodeAddresses(
  bytes: Bytes,
  layout: KallsymsLayout,
  space: AddressSpace,
  base: bigint,
): BigUint64Array | undefined {
  const { form, count } = layout;
  const { offset, length } = layout.addresses;
  const addresses = new BigUint64Array(count);
  // Halves, so that no BigInt is made for a symbol. Typed arrays are little-endian on every host of this program.
  const halves = new Uint32Array(addresses.buffer);
  const width = length / count;
  const view = bytes.view;
  if (form === 'absolute') {
    for (let i = 0; i < count; i++) {
      halves[2 * i] = view.getUint32(offset + width * i, true);
      if (width === 8) halves[2 * i + 1] = view.getUint32(offset + width * i + 4, true);
    }
    return addresses;
  }
  const origin = form === 'pc-relative' ? space.addressOf(offset) : base;
  if (origin === undefined) return undefined;
  const high = Number(origin >> 32n);
  const low = Number(origin & 0xffff_ffffn);
  const highest = layout.word === 4 ? 0 : 0xffff_ffff;
  let before = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < count; i++) {
    const value = view.getInt32(offset + 4 * i, true);
    let distance: number;
    if (form === 'relative' || form === 'image-relative') distance = value >>> 0;
    else if (form === 'pc-relative') distance = 4 * i + value;
    else if (value < 0) distance = -1 - value;
    else {
      // Absolute: all of these come first, and low.
      halves[2 * i] = value;
      if (high === 0) before = value;
      continue;
    }
    const sum = low + distance;
    const carried = high + Math.floor(sum / 2 ** 32);
    if (carried < 0 || carried > highest || sum < before) return undefined;
    before = sum;
    halves[2 * i] = sum;
    halves[2 * i + 1] = carried;
  }
  return addresses;
}
