import type { Blob } from './blob.js';
import { type AddressForm, locateAddresses } from './kallsyms-addresses.js';
import { findTokenTables, type TokenTable } from './kallsyms-tokens.js';

/** Where each array that scripts/kallsyms.c writes stands in the file. */
export interface KallsymsLayout {
  readonly count: number;
  /** Size of a machine word in bytes. */
  readonly word: 4 | 8;
  readonly tokens: TokenTable;
  readonly names: Blob;
  /** Offset of each symbol's first code and the number of its codes, in the file. */
  readonly codeStarts: Uint32Array;
  readonly codeCounts: Uint16Array;
  readonly form: AddressForm;
  readonly addresses: Blob;
  readonly relativeBase?: Blob;
  /** Every array found, by its name in the kernel, in file order. */
  readonly blobs: Readonly<Record<string, Blob>>;
}

export interface KallsymsSearch {
  readonly layout?: KallsymsLayout;
  /** Why there is none, in a sentence. */
  readonly problem?: string;
}

/** Twenty times what distributions ship. */
const maxSymbols = 1 << 22;
/** kallsyms_seqs_of_names has 3 bytes a symbol and may stand between the markers and the token table. */
const maxDistanceToMarkers = 3 * maxSymbols;
/** Compressed bytes of 256 names: each has a length byte and at least one code; KSYM_NAME_LEN is at most 512. */
const minBlock = 256 * 2;
const maxBlock = 256 * (512 + 2);

/** Work that a search may do, in words and names looked at: a kernel takes some million at most. */
class Budget {
  #left = 1 << 26;

  /** False when there is nothing left. */
  spend(amount: number): boolean {
    this.#left -= amount;
    return this.#left >= 0;
  }
}

/**
 * Finds kallsyms in a kernel image of words of `word` bytes, little-endian, without any symbol.
 *
 * Order of the arrays (read from scripts/kallsyms.c of 5.10, 6.1, 6.12 and 7.2):
 * - 5.10, 6.1: offsets, relative_base, num_syms, names, markers, [seqs_of_names], token_table, token_index;
 * - 6.12, 7.2: num_syms, names, markers, token_table, token_index, offsets, [relative_base], seqs_of_names.
 * The token table is searched, the markers are found before it, the names before them, and the addresses
 * before or after; each step checks the one before it.
 */
export function locateKallsyms(data: Uint8Array, word: 4 | 8): KallsymsSearch {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const budget = new Budget();
  let problem = 'no kallsyms token table found: the kernel may be built without CONFIG_KALLSYMS';
  for (const tokens of findTokenTables(data)) {
    const names = locateNames(data, view, tokens.tableOffset, budget);
    if (!names) {
      problem = `kallsyms token table found at ${at(tokens.tableOffset)}, but no names that fit it before it`;
      continue;
    }
    if (!budget.spend(4 * names.count)) break;
    const addresses = locateAddresses(
      view,
      names.numSyms,
      tokens.indexOffset + tokens.indexLength,
      names.count,
      word,
    );
    if (!addresses) {
      problem = `kallsyms names found at ${at(names.names.offset)}, but no addresses in ascending order beside them`;
      continue;
    }
    const { form, relativeBase, end } = addresses;
    const before = addresses.addresses.offset < names.numSyms;
    const seqs = locateSeqs(data, before ? names.markers : end, names.count);
    const blobs = {
      [before && form === 'absolute' ? 'kallsyms_addresses' : 'kallsyms_offsets']: addresses.addresses,
      ...(relativeBase && { kallsyms_relative_base: relativeBase }),
      kallsyms_num_syms: { offset: names.numSyms, length: 4 },
      kallsyms_names: names.names,
      kallsyms_markers: names.markers,
      ...(seqs && { kallsyms_seqs_of_names: seqs }),
      kallsyms_token_table: { offset: tokens.tableOffset, length: tokens.tableLength },
      kallsyms_token_index: { offset: tokens.indexOffset, length: tokens.indexLength },
    };
    const inFileOrder = Object.entries(blobs).sort(([, a], [, b]) => a.offset - b.offset);
    return {
      layout: {
        count: names.count,
        word,
        tokens,
        names: names.names,
        codeStarts: names.codeStarts,
        codeCounts: names.codeCounts,
        form,
        addresses: addresses.addresses,
        relativeBase,
        blobs: Object.fromEntries(inFileOrder),
      },
    };
  }
  return { problem };
}

interface Names {
  readonly count: number;
  /** Offset of kallsyms_num_syms. */
  readonly numSyms: number;
  readonly names: Blob;
  readonly markers: Blob;
  readonly codeStarts: Uint32Array;
  readonly codeCounts: Uint16Array;
}

/**
 * The markers (offset of every 256th name) are the only long run of slowly ascending words before the token table
 * that starts with zero. They are u32 since 4.20, and were words of the machine before.
 */
function locateNames(
  data: Uint8Array,
  view: DataView,
  tableOffset: number,
  budget: Budget,
): Names | undefined {
  for (const width of [4, 8]) {
    for (const markers of risingRuns(view, tableOffset, width, budget)) {
      const found = namesBefore(data, view, markers, width, budget);
      if (found) return found;
    }
  }
  return undefined;
}

/** Runs of words that begin with zero and rise like markers, nearest to `before` first. */
function* risingRuns(view: DataView, before: number, width: number, budget: Budget): Generator<Blob> {
  const start = before & ~3;
  const stop = Math.max(width, start - maxDistanceToMarkers);
  const rises = (at: number): boolean => {
    const step = view.getUint32(at, true) - view.getUint32(at - width, true);
    return step >= minBlock && step <= maxBlock;
  };
  if (!budget.spend((start - stop) >> 2)) return;
  // Words of 8 bytes may begin at any multiple of 4: one place to go on from for each of the two.
  const seen = [start, start];
  for (let last = start - width; last >= stop; last -= 4) {
    const phase = (last / 4) % (width / 4);
    if (last > seen[phase]! || !rises(last)) continue;
    let first = last;
    while (first >= width && rises(first)) first -= width;
    seen[phase] = first;
    if (view.getUint32(first, true) === 0) yield { offset: first, length: last + width - first };
  }
}

/** Tries every aligned place before the markers where a word can be the number of symbols. */
function namesBefore(
  data: Uint8Array,
  view: DataView,
  markers: Blob,
  width: number,
  budget: Budget,
): Names | undefined {
  const blocks = markers.length / width;
  if (blocks * 256 > maxSymbols) return undefined;
  const lastMarker = view.getUint32(markers.offset + markers.length - width, true);
  const highest = (markers.offset - lastMarker - 2) & ~3;
  const lowest = Math.max(8, highest - maxBlock);
  if (!budget.spend((highest - lowest) >> 1)) return undefined;
  for (let names = highest; names >= lowest; names -= 4) {
    for (const numSyms of [names - 4, names - 8]) {
      const count = view.getUint32(numSyms, true);
      if (Math.ceil(count / 256) !== blocks) continue;
      for (const lengths of ['uleb128', 'byte'] as const) {
        const walked = walkNames(data, view, names, count, markers, width, lengths, budget);
        if (walked) return { count, numSyms, markers, ...walked };
      }
    }
  }
  return undefined;
}

/**
 * Walks all names: a length, then so many codes. Every 256th must stand where its marker says, and the last must
 * end where the markers begin. Lengths above 127 take two bytes (ULEB128) since 6.1, one before.
 */
function walkNames(
  data: Uint8Array,
  view: DataView,
  names: number,
  count: number,
  markers: Blob,
  width: number,
  lengths: 'uleb128' | 'byte',
  budget: Budget,
): Pick<Names, 'names' | 'codeStarts' | 'codeCounts'> | undefined {
  // The last block first: wrong places fail here, before anything is allocated.
  if (!budget.spend(256)) return undefined;
  const blocks = markers.length / width;
  const lastBlock = names + view.getUint32(markers.offset + markers.length - width, true);
  const big = lengths === 'uleb128' ? 0x80 : 0x100;
  const end = skipNames(data, lastBlock, count - (blocks - 1) * 256, markers.offset, big);
  if (end === -1 || markers.offset - end >= 8) return undefined;
  for (let at = end; at < markers.offset; at++) if (data[at] !== 0) return undefined;

  if (!budget.spend(count)) return undefined;
  const codeStarts = new Uint32Array(count);
  const codeCounts = new Uint16Array(count);
  let at = names;
  for (let i = 0; i < count; i++) {
    if ((i & 0xff) === 0 && at !== names + view.getUint32(markers.offset + (i >> 8) * width, true)) {
      return undefined;
    }
    let length = data[at++]!;
    if (length >= big) length = (length & 0x7f) | (data[at++]! << 7);
    if (length === 0 || at + length > end) return undefined;
    codeStarts[i] = at;
    codeCounts[i] = length;
    at += length;
  }
  return { names: { offset: names, length: end - names }, codeStarts, codeCounts };
}

/** Where `count` names end, or -1 when they run past `limit`. */
function skipNames(data: Uint8Array, from: number, count: number, limit: number, big: number): number {
  let at = from;
  for (let i = 0; i < count; i++) {
    let length = data[at++]!;
    if (length >= big) length = (length & 0x7f) | (data[at++]! << 7);
    if (length === 0) return -1;
    at += length;
    if (at > limit) return -1;
  }
  return at;
}

/** The order of the symbols by name, 3 bytes each, big-endian: right after `previous` or not there at all. */
function locateSeqs(data: Uint8Array, previous: Blob, count: number): Blob | undefined {
  const end = previous.offset + previous.length;
  for (const offset of new Set([4, 8].map((unit) => Math.ceil(end / unit) * unit))) {
    const seqs = { offset, length: 3 * count };
    if (offset + seqs.length <= data.length && isPermutation(data, seqs, count)) return seqs;
  }
  return undefined;
}

function isPermutation(data: Uint8Array, { offset, length }: Blob, count: number): boolean {
  const seen = new Uint8Array(count);
  for (let at = offset; at < offset + length; at += 3) {
    const seq = (data[at]! << 16) | (data[at + 1]! << 8) | data[at + 2]!;
    if (seq >= count || seen[seq] === 1) return false;
    seen[seq] = 1;
  }
  return true;
}

function at(offset: number): string {
  return `offset 0x${offset.toString(16)}`;
}
