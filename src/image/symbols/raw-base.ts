import type { Bytes } from '../../core/bytes.js';
import { partitionPoint } from '../../core/partition.js';
import type { Arm64Image } from '../container/arm64-image.js';
import type { KallsymsLayout } from './kallsyms-layout.js';
import { relativeEntries } from './relative-relocations.js';

/** Kernels are linked at multiples of this, plus text_offset (Documentation/arch/arm64/booting.rst). */
const ALIGNMENT = 0x20_0000n;

/** Where a raw image was linked. */
export interface RawBase {
  /** Address of the image's first byte. */
  readonly base: bigint;
  /** Value of kallsyms_relative_base, where there is one. */
  readonly relativeBase: bigint;
}

/**
 * A raw arm64 image says nowhere at which virtual address it was linked; what it contains does:
 * - kallsyms_relative_base is the address of the first symbol, in the first 2 MiB;
 * - where that word is zero (Debian's up to 6.1), an R_AARCH64_RELATIVE entry for its place holds the value;
 * - where there is no such word (7.2), the pointers in the image must point at its symbols.
 */
export function inferRawBase(bytes: Bytes, header: Arm64Image, layout: KallsymsLayout): RawBase | undefined {
  if (layout.form === 'pc-relative') {
    const base = baseFromPointers(bytes, header, layout);
    return base === undefined ? undefined : { base, relativeBase: base };
  }
  const blob = layout.relativeBase;
  if (!blob) return undefined;
  const inPlace = bytes.u64(blob.offset);
  if (inPlace !== 0n) {
    return { base: roundDown(inPlace - header.textOffset) + header.textOffset, relativeBase: inPlace };
  }
  for (const { place, value } of relativeEntries(bytes.data)) {
    const base = place - BigInt(blob.offset);
    if (base === roundDown(value - header.textOffset) + header.textOffset) {
      return { base, relativeBase: value };
    }
  }
  return undefined;
}

/** Of the pointers in an image, this many are looked at; they are taken from all over it. */
const SAMPLES = 4096;
const BLOCKS = 256;
const BLOCK_SIZE = 16384;

/** What an image takes beyond its file is .bss: more than this is not believed. */
const maxBss = 1 << 28;

/** The 2 MiB step at which most of the kernel pointers in the image hit a symbol exactly. */
function baseFromPointers(bytes: Bytes, header: Arm64Image, layout: KallsymsLayout): bigint | undefined {
  const size = Math.min(Math.max(bytes.length, Number(header.imageSize)), bytes.length + maxBss);
  const symbols = offsetsInFile(bytes, layout);
  const pointers = samplePointers(bytes);
  const start = densestStart(pointers, size);
  if (start === undefined) return undefined;
  const origin = start + header.textOffset;
  const distances = pointers.map((pointer) => Number(pointer - origin));
  const step = Number(ALIGNMENT);
  const window = roundUpSteps(size) * step;
  let best = { distance: 0, hits: 0 };
  let second = 0;
  for (let distance = -window; distance <= window; distance += step) {
    const hits = distances.reduce((count, at) => count + (includes(symbols, at - distance) ? 1 : 0), 0);
    if (hits > best.hits) {
      second = best.hits;
      best = { distance, hits };
    } else if (hits > second) second = hits;
  }
  return best.hits >= 16 && best.hits >= 2 * second ? origin + BigInt(best.distance) : undefined;
}

/** Offset of each symbol from the first byte of the image, ascending. */
function offsetsInFile(bytes: Bytes, { addresses, count }: KallsymsLayout): Int32Array {
  return Int32Array.from({ length: count }, (_, i) => {
    const place = addresses.offset + 4 * i;
    return place + bytes.view.getInt32(place, true);
  });
}

/** Words that can be addresses of the upper half, from blocks spread evenly over the image. */
function samplePointers(bytes: Bytes): bigint[] {
  const found: bigint[] = [];
  const stride = Math.max(BLOCK_SIZE, Math.floor(bytes.length / BLOCKS / 8) * 8);
  for (let block = 0; block < bytes.length; block += stride) {
    const end = Math.min(block + BLOCK_SIZE, bytes.length - 7);
    for (let at = block; at < end; at += 8) {
      const high = bytes.view.getUint32(at + 4, true);
      if (high >>> 16 === 0xffff && high !== 0xffff_ffff) found.push(bytes.view.getBigUint64(at, true));
    }
  }
  const step = Math.ceil(found.length / SAMPLES);
  return found.filter((_, i) => i % step === 0);
}

/** The lowest 2 MiB step of the stretch of `size` bytes that most pointers point into. */
function densestStart(pointers: readonly bigint[], size: number): bigint | undefined {
  const steps = pointers.map((pointer) => Number(pointer / ALIGNMENT)).sort((a, b) => a - b);
  const width = roundUpSteps(size);
  let best: number | undefined;
  let most = 0;
  for (let first = 0, end = 0; first < steps.length; first++) {
    while (end < steps.length && steps[end]! < steps[first]! + width) end++;
    if (end - first > most) {
      most = end - first;
      best = steps[first];
    }
  }
  return best === undefined ? undefined : BigInt(best) * ALIGNMENT;
}

function roundUpSteps(size: number): number {
  return Math.ceil(size / Number(ALIGNMENT));
}

function roundDown(address: bigint): bigint {
  return address - (address % ALIGNMENT);
}

function includes(sorted: Int32Array, value: number): boolean {
  return sorted[partitionPoint(sorted.length, (i) => sorted[i]! < value)] === value;
}
