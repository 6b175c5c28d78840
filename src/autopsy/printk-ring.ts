import type { Btf } from '../image/btf/btf.js';
import { readBtf } from '../image/btf/read.js';
import type { KernelMap } from './kernel-map.js';

/** A line of the kernel's log. */
export interface LogLine {
  /** Nanoseconds since boot; undefined where only the text could be read. */
  readonly time?: number;
  /** 0 emergency … 7 debug. */
  readonly level?: number;
  readonly text: string;
}

/** Offsets in the structures of kernel/printk/printk_ringbuffer.h. */
interface RingLayout {
  readonly countBits: number;
  readonly descriptors: number;
  readonly infos: number;
  readonly headId: number;
  readonly tailId: number;
  readonly sizeBits: number;
  readonly data: number;
  readonly descriptorSize: number;
  readonly begin: number;
  readonly next: number;
  readonly infoSize: number;
  readonly time: number;
  readonly textLength: number;
  readonly level: number;
}

/** The states a descriptor's text is complete in: committed, finalized. */
const complete = new Set([1n, 2n]);
/** Rings beyond these sizes are not ones: 2^25 bytes is the largest log buffer, a descriptor is for 32 of them. */
const mostCountBits = 20;
const mostSizeBits = 25;

/** Layouts to try: what the kernel's types say, else what kernels since 5.10 had. */
function* layouts(word: 4 | 8, btf: Btf | undefined): Generator<RingLayout> {
  const typed = btf && fromTypes(btf);
  if (typed) {
    yield typed;
    return;
  }
  // Since 5.18 the descriptor ring has one word more (last_finalized_id).
  for (const words of [6, 5]) {
    yield {
      countBits: 0,
      descriptors: word,
      infos: 2 * word,
      headId: 3 * word,
      tailId: 4 * word,
      sizeBits: words * word,
      data: (words + 1) * word,
      descriptorSize: 3 * word,
      begin: word,
      next: 2 * word,
      infoSize: 88,
      time: 8,
      textLength: 16,
      level: 19,
    };
  }
}

function fromTypes(btf: Btf): RingLayout | undefined {
  const at = (type: string, path: string): number => btf.offsetOf(type, path) ?? Number.NaN;
  const size = (type: string): number => btf.layout(type)?.size ?? Number.NaN;
  const layout = {
    countBits: at('printk_ringbuffer', 'desc_ring.count_bits'),
    descriptors: at('printk_ringbuffer', 'desc_ring.descs'),
    infos: at('printk_ringbuffer', 'desc_ring.infos'),
    headId: at('printk_ringbuffer', 'desc_ring.head_id'),
    tailId: at('printk_ringbuffer', 'desc_ring.tail_id'),
    sizeBits: at('printk_ringbuffer', 'text_data_ring.size_bits'),
    data: at('printk_ringbuffer', 'text_data_ring.data'),
    descriptorSize: size('prb_desc'),
    begin: at('prb_desc', 'text_blk_lpos.begin'),
    next: at('prb_desc', 'text_blk_lpos.next'),
    infoSize: size('printk_info'),
    time: at('printk_info', 'ts_nsec'),
    textLength: at('printk_info', 'text_len'),
    // A bit-field in the byte behind `facility`.
    level: at('printk_info', 'facility') + 1,
  };
  return Object.values(layout).every(Number.isFinite) ? layout : undefined;
}

/**
 * The lines of the kernel's log that are left, from its ring buffer (Linux ≥ 5.10). Undefined where there is none to be found:
 * no symbols for data, an older kernel, memory that cannot be read.
 */
export function readPrintkRing(map: KernelMap): LogLine[] | undefined {
  const { place, kernel } = map;
  if (!place || !kernel) return undefined;
  const word = kernel.formats.elf.class === 64 ? 8 : 4;
  const number = (address: bigint, size: number): bigint => {
    const bytes = place.read(BigInt.asUintN(64, address), size);
    if (!bytes) throw unreadable;
    return bytes.reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  };
  try {
    const pointer = map.find('prb');
    const ring = pointer === undefined ? map.find('printk_rb_static') : number(pointer, word);
    if (!ring) return undefined;
    for (const layout of layouts(word, typesOf(map))) {
      const found = readRing(layout, ring, word, number, place.read.bind(place));
      if (found) return found;
    }
  } catch (error) {
    if (error !== unreadable) throw error;
  }
  return undefined;
}

const unreadable = new Error('memory of the log cannot be read');

function typesOf({ kernel }: KernelMap): Btf | undefined {
  try {
    return kernel && readBtf(kernel);
  } catch {
    // Damaged types are the image's problem, not this boot's.
    return undefined;
  }
}

function readRing(
  layout: RingLayout,
  ring: bigint,
  word: 4 | 8,
  number: (address: bigint, size: number) => bigint,
  read: (address: bigint, bytes: number) => Uint8Array | undefined,
): LogLine[] | undefined {
  const field = (offset: number, size: number): bigint => number(ring + BigInt(offset), size);
  const countBits = field(layout.countBits, 4);
  const sizeBits = field(layout.sizeBits, 4);
  if (countBits < 1n || countBits > mostCountBits || sizeBits < 8n || sizeBits > mostSizeBits)
    return undefined;
  const descriptors = field(layout.descriptors, word);
  const infos = field(layout.infos, word);
  const data = field(layout.data, word);
  const idBits = BigInt(word * 8 - 2);
  const idMask = (1n << idBits) - 1n;
  const tail = field(layout.tailId, word) & idMask;
  const mask = (1n << countBits) - 1n;
  const size = 1n << sizeBits;
  const found: LogLine[][] = [];
  for (
    let id = field(layout.headId, word) & idMask, left = mask + 1n;
    left > 0n;
    left--, id = (id - 1n) & idMask
  ) {
    const descriptor = descriptors + (id & mask) * BigInt(layout.descriptorSize);
    const state = number(descriptor, word);
    if ((state & idMask) === id && complete.has(state >> idBits)) {
      const info = infos + (id & mask) * BigInt(layout.infoSize);
      const begin = number(descriptor + BigInt(layout.begin), word);
      const next = number(descriptor + BigInt(layout.next), word);
      // An odd position says that there is no text.
      if (!(begin & 1n)) {
        // A block that would cross the end of the buffer stands at its start.
        const at = begin >> sizeBits === (next - 1n) >> sizeBits ? begin & (size - 1n) : 0n;
        const length = Number(number(info + BigInt(layout.textLength), 2));
        const bytes = read(data + at + BigInt(word), length);
        if (!bytes) throw unreadable;
        const record = {
          time: Number(number(info + BigInt(layout.time), 8)),
          level: Number(number(info + BigInt(layout.level), 1)) >> 5,
        };
        const text = decoder.decode(bytes).split('\n');
        found.push(text.map((line) => ({ ...record, text: line })));
      }
    }
    if (id === tail) break;
  }
  return found.reverse().flat();
}

const decoder = new TextDecoder();
