import { latin1 } from '../core/bytes.js';
import type { LogLine } from './printk-ring.js';

/** The longest record, and room for its header. */
const mostRecord = 1200;
const mostDescriptors = 1n << 20n;
const banner = 'Linux version ';

/**
 * The kernel's log where no symbol leads to it: memory is searched for the first record, the banner behind the id of a
 * first record. Each record is followed by one with the next id (kernel/printk/printk_ringbuffer.c); lengths and times
 * stand elsewhere. Undefined where there is none.
 */
export function findLogRecords(memory: Uint8Array, word: 4 | 8): LogLine[] | undefined {
  const records = new Records(memory, word);
  const text = latin1(memory);
  for (let at = text.indexOf(banner); at >= 0; at = text.indexOf(banner, at + 1)) {
    let block: number | undefined = at - word;
    if (block < 0 || at % word || !records.isFirst(block)) continue;
    const found: LogLine[] = [];
    while (block !== undefined) {
      const next: number | undefined = records.behind(block);
      const record = text.slice(block + word, next ?? block + word + mostRecord);
      for (const line of record.split('\0', 1)[0]!.split('\n')) found.push({ text: line });
      block = next;
    }
    return found;
  }
  return undefined;
}

class Records {
  readonly #view: DataView;
  readonly #ids: bigint;

  constructor(
    readonly memory: Uint8Array,
    readonly word: 4 | 8,
  ) {
    this.#view = new DataView(memory.buffer, memory.byteOffset, memory.length);
    // Two bits of an id's word are the state of its descriptor.
    this.#ids = 1n << BigInt(word * 8 - 2);
  }

  #id(at: number): bigint {
    const value =
      this.word === 8 ? this.#view.getBigUint64(at, true) : BigInt(this.#view.getUint32(at, true));
    return value % this.#ids;
  }

  /** Ids start at the negative of the number of descriptors, a power of two. */
  isFirst(block: number): boolean {
    const count = this.#ids - this.#id(block);
    return count > 1n && count <= mostDescriptors && (count & (count - 1n)) === 0n;
  }

  /** Where the record with the next id begins. */
  behind(block: number): number | undefined {
    const wanted = (this.#id(block) + 1n) % this.#ids;
    const end = Math.min(block + mostRecord, this.memory.length - this.word);
    for (let at = block + this.word; at <= end; at += this.word) if (this.#id(at) === wanted) return at;
    return undefined;
  }
}
