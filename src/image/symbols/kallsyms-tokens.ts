/** Where the token table and its index stand; offsets in bytes in the searched data. */
export interface TokenTable {
  /** kallsyms_token_table: 256 NUL-terminated strings, code 0 first. */
  readonly tableOffset: number;
  readonly tableLength: number;
  /** kallsyms_token_index: u16[256], offset of each string in the table. */
  readonly indexOffset: number;
  readonly indexLength: number;
  /** Start and length of each code's string in `data`. */
  readonly starts: Uint32Array;
  readonly lengths: Uint16Array;
}

/**
 * Digits are used in some symbol of every kernel, so their codes stand for themselves (scripts/kallsyms.c keeps
 * every character in use as its own token): the table holds "0\0" to "9\0" in one piece.
 */
const digits = new TextEncoder().encode('0\x001\x002\x003\x004\x005\x006\x007\x008\x009\x00');
const codeOfZero = 0x30;

/** A u16 index into the table bounds its size. */
const maxTableLength = 0x10000 + 512;
/** Files with more look-alikes than this were made to waste time. */
const maxCandidates = 256;

/**
 * All token tables in `data`, in file order: the digits are searched with a two-byte Horspool table
 * (20 bytes are skipped at a time), then the index that follows must agree with every string.
 */
export function* findTokenTables(data: Uint8Array): Generator<TokenTable> {
  let candidates = 0;
  for (
    let at = findDigits(data, 0);
    at !== -1 && candidates < maxCandidates;
    at = findDigits(data, at + digits.length)
  ) {
    candidates++;
    const table = tokenTableAround(data, at);
    if (table) yield table;
  }
}

const skips = pairSkips(digits);

function findDigits(data: Uint8Array, from: number): number {
  const last = digits.length - 1;
  let end = from + last;
  while (end < data.length) {
    const skip = skips[data[end - 1]! | (data[end]! << 8)]!;
    if (skip > 0) {
      end += skip;
      continue;
    }
    let i = 0;
    while (i < last && data[end - last + i] === digits[i]) i++;
    if (i === last) return end - last;
    end++;
  }
  return -1;
}

/** For every pair of bytes, how far a window that ends in it may move; 0 for the pair that ends the pattern. */
function pairSkips(pattern: Uint8Array): Uint8Array {
  const table = new Uint8Array(0x10000).fill(pattern.length - 1);
  for (let i = 1; i < pattern.length; i++) {
    table[pattern[i - 1]! | (pattern[i]! << 8)] = pattern.length - 1 - i;
  }
  return table;
}

function tokenTableAround(data: Uint8Array, zeroAt: number): TokenTable | undefined {
  const starts = new Uint32Array(256);
  const lengths = new Uint16Array(256);
  const limit = Math.min(data.length, zeroAt + maxTableLength);
  let at = zeroAt;
  for (let code = codeOfZero; code < 256; code++) {
    const end = data.indexOf(0, at);
    if (end === -1 || end >= limit) return undefined;
    starts[code] = at;
    lengths[code] = end - at;
    at = end + 1;
  }
  const tableEnd = at;
  // The index starts at the next 4- or 8-byte boundary; no other start gives 256 offsets that agree.
  for (let indexOffset = tableEnd; indexOffset < tableEnd + 8; indexOffset++) {
    if (indexOffset + 512 > data.length) return undefined;
    const tableOffset = zeroAt - u16(data, indexOffset + 2 * codeOfZero);
    if (tableOffset < 0 || u16(data, indexOffset) !== 0) continue;
    if (!indexAgrees(data, indexOffset, tableOffset, starts, lengths)) continue;
    return {
      tableOffset,
      tableLength: tableEnd - tableOffset,
      indexOffset,
      indexLength: 512,
      starts,
      lengths,
    };
  }
  return undefined;
}

/** Checks all 256 offsets and fills in the strings before the digits. */
function indexAgrees(
  data: Uint8Array,
  indexOffset: number,
  tableOffset: number,
  starts: Uint32Array,
  lengths: Uint16Array,
): boolean {
  let at = tableOffset;
  for (let code = 0; code < 256; code++) {
    if (tableOffset + u16(data, indexOffset + 2 * code) !== at) return false;
    const end = code < codeOfZero ? data.indexOf(0, at) : starts[code]! + lengths[code]!;
    starts[code] = at;
    lengths[code] = end - at;
    at = end + 1;
  }
  return true;
}

function u16(data: Uint8Array, at: number): number {
  return data[at]! | (data[at + 1]! << 8);
}
