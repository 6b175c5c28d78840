// xz: «The .xz File Format» 1.2.1 (xz-file-format.txt of XZ Utils). LZMA2 and its filters are ours because the
// browser-capable packages stop at streams filtered for x86, which is what every x86 kernel is packed with.
import { undoArm64, undoX86 } from './bcj.js';
import { type Codec, corrupt, Output, tooLarge, truncated } from './codec.js';
import { crc32 } from './crc32.js';
import { LzmaDecoder } from './lzma-decoder.js';

const magic = [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00];
/** Id of the check CRC-32. */
const crc = 1;
/** Bytes of the check, by its id (2.1.1.2). */
const checkSizes = [0, 4, 4, 4, 8, 8, 8, 16, 16, 16, 32, 32, 32, 64, 64, 64];
const lzma2 = 0x21;
const filters: Readonly<Record<number, (block: Uint8Array, offset: number) => void>> = {
  4: undoX86,
  10: undoArm64,
};

/** Reads the fields of the container, refusing to read past its end. */
class Reader {
  readonly view: DataView;

  constructor(
    readonly bytes: Uint8Array,
    public at: number,
    readonly end: number,
  ) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  need(size: number): void {
    if (this.at + size > this.end) throw truncated('xz', this.end);
  }

  u8(): number {
    this.need(1);
    return this.bytes[this.at++]!;
  }

  u32(): number {
    this.need(4);
    this.at += 4;
    return this.view.getUint32(this.at - 4, true);
  }

  /** A variable-length integer (1.2): seven bits a byte, the lowest first. */
  vli(): number {
    let value = 0;
    for (let i = 0; i < 9; i++) {
      const byte = this.u8();
      value += (byte & 0x7f) * 2 ** (7 * i);
      if (byte < 0x80) return value;
    }
    throw corrupt('xz', 'an integer of more than nine bytes', this.at);
  }

  /** Compares the CRC-32 that stands here with that of the bytes from `from`. */
  crc(from: number, what: string): void {
    const sum = crc32(this.bytes.subarray(from, this.at));
    if (sum !== this.u32()) throw corrupt('xz', `the check sum of the ${what} is wrong`, this.at - 4);
  }

  /** Skips the zeros that make the bytes from `from` a multiple of four. */
  pad(from: number): void {
    while ((this.at - from) % 4 !== 0) {
      if (this.u8() !== 0) throw corrupt('xz', 'padding that is not zero', this.at - 1);
    }
  }
}

interface Filter {
  readonly undo: (block: Uint8Array, offset: number) => void;
  readonly offset: number;
}

/** Reads a block header (3.1) and returns the filters to undo after LZMA2, last applied first. */
function blockHeader(bytes: Uint8Array, at: number): { filters: Filter[]; end: number } {
  const size = (bytes[at]! + 1) * 4;
  if (at + size > bytes.length) throw truncated('xz', bytes.length);
  const reader = new Reader(bytes, at + 1, at + size);
  const flags = reader.u8();
  if (flags & 0x3c) throw corrupt('xz', 'reserved flags in a block header', at + 1);
  if (flags & 0x40) reader.vli();
  if (flags & 0x80) reader.vli();
  const undo: Filter[] = [];
  for (let left = (flags & 3) + 1; left > 0; left--) {
    const id = reader.vli();
    const properties = reader.vli();
    const next = reader.at + properties;
    reader.need(properties);
    if ((id === lzma2) !== (left === 1)) throw corrupt('xz', `filter ${id} where it cannot stand`, at);
    if (id !== lzma2) {
      const filter = filters[id];
      if (!filter) throw corrupt('xz', `filter ${id} is not supported`, at);
      undo.unshift({ undo: filter, offset: properties === 4 ? reader.u32() : 0 });
    }
    reader.at = next;
  }
  const end = at + size;
  reader.at = end - 4;
  reader.crc(at, 'block header');
  return { filters: undo, end };
}

/**
 * Walks the chunk headers of LZMA2 from `at` without unpacking: every chunk states its size, so the
 * size of the block, and whether it is whole, is known before any work is done.
 */
function measure(bytes: Uint8Array, at: number): number {
  const reader = new Reader(bytes, at, bytes.length);
  let size = 0;
  for (;;) {
    const control = reader.u8();
    if (control === 0) return size;
    reader.need(control < 0x80 ? 2 : 5);
    const low = (bytes[reader.at]! << 8) | bytes[reader.at + 1]!;
    const packed = (bytes[reader.at + 2]! << 8) | bytes[reader.at + 3]!;
    if (control < 0x80) {
      if (control > 2) throw corrupt('xz', `LZMA2 control byte ${control}`, reader.at - 1);
      size += low + 1;
      reader.at += 2 + low + 1;
    } else {
      size += ((control & 0x1f) << 16) + low + 1;
      reader.at += (control >= 0xc0 ? 5 : 4) + packed + 1;
    }
    reader.need(0);
  }
}

/** Unpacks the LZMA2 chunks at `at`, which `measure` has walked, and returns where they end. */
function unpack(bytes: Uint8Array, at: number, output: Output): number {
  const decoder = new LzmaDecoder('xz', output);
  // What must be reset before the first chunk: the dictionary, then the properties.
  let needs: 'dictionary' | 'properties' | undefined = 'dictionary';
  for (;;) {
    const control = bytes[at]!;
    if (control === 0) return at + 1;
    const low = (bytes[at + 1]! << 8) | bytes[at + 2]!;
    if (control === 1 || control >= 0xe0) {
      decoder.resetDictionary();
      if (needs === 'dictionary') needs = 'properties';
    } else if (needs === 'dictionary') {
      throw corrupt('xz', 'the dictionary is not reset first', at);
    }
    if (control < 0x80) {
      output.push(bytes.subarray(at + 3, at + 3 + low + 1));
      at += 3 + low + 1;
      continue;
    }
    const size = ((control & 0x1f) << 16) + low + 1;
    const packed = ((bytes[at + 3]! << 8) | bytes[at + 4]!) + 1;
    let from = at + 5;
    if (control >= 0xc0) {
      decoder.setProperties(bytes[from++]!);
      needs = undefined;
    } else if (needs) {
      throw corrupt('xz', 'LZMA2 properties are missing', at);
    } else if (control >= 0xa0) {
      decoder.resetState();
    }
    const end = from + packed;
    const target = output.length + size;
    at = decoder.decode(bytes, from, end, target);
    if (at !== end || output.length !== target || decoder.finalCode !== 0) {
      throw corrupt('xz', 'an LZMA2 chunk does not end where it should', at);
    }
  }
}

/**
 * One xz stream of LZMA2 blocks, filtered for x86 or ARM64 or not at all. CRC-32 checks, those Linux asks for,
 * are verified; CRC-64 and SHA-256 are skipped.
 */
export const xz: Codec = {
  id: 'xz',
  magic,
  async decompress(bytes, limits) {
    const head = new Reader(bytes, magic.length, bytes.length);
    head.need(6);
    const check = bytes[7]!;
    if (bytes[6] !== 0 || check > 15) throw corrupt('xz', 'unknown flags', 6);
    head.at = 8;
    head.crc(6, 'stream header');

    let output: Output | undefined;
    let blocks = 0;
    let at = 12;
    for (;;) {
      if (at >= bytes.length) throw truncated('xz', at);
      if (bytes[at] === 0) break;
      const header = blockHeader(bytes, at);
      const size = measure(bytes, header.end);
      const start = output?.length ?? 0;
      if (start + size > limits.maxOutput) throw tooLarge('xz', limits.maxOutput);
      output ??= new Output('xz', { ...limits, expectedSize: limits.expectedSize || size }, 0);
      output.grow(start + size);
      const reader = new Reader(bytes, unpack(bytes, header.end, output), bytes.length);
      const block = output.bytes.subarray(start, output.length);
      for (const { undo, offset } of header.filters) undo(block, offset);
      reader.pad(header.end);
      reader.need(checkSizes[check]!);
      at = reader.at + checkSizes[check]!;
      if (check === crc && reader.u32() !== crc32(block)) {
        throw corrupt('xz', 'the check sum of the data is wrong', at - 4);
      }
      blocks++;
    }

    const index = new Reader(bytes, at + 1, bytes.length);
    if (index.vli() !== blocks) throw corrupt('xz', 'the index counts other blocks', at);
    for (let i = 0; i < 2 * blocks; i++) index.vli();
    index.pad(at);
    index.crc(at, 'index');
    index.need(12);
    return output?.finish() ?? new Uint8Array(0);
  },
};
