import { littleEndian } from '../../core/bytes.js';
import type { Machine } from '../../machine/machine.js';
import type { Watch } from '../../machine/observe.js';
import type { Instance } from './instance.js';
import { type Moment, momentOf, runningPc } from './moment.js';
import type { Seen } from './seen.js';
import { WritingPlaces } from './writing-places.js';

/** Instructions within which a read is followed by the write that makes it part of a copy. */
const copyWithin = 64;
/** A longer value is text, or a table. */
const longestValue = 8;
/** What is read and written in the same place is changed; more than this at once is copied onto itself. */
const longestChange = 16;

/** A read that may yet turn out to be part of a copy. */
interface Read {
  readonly instance: Instance;
  readonly offset: number;
  readonly bytes: number;
  readonly field: string;
  readonly key: string;
  readonly row: Parameters<Seen['add']>[1];
}

/** Watches the structures that tell a kernel where it is: who reads which field first, and who wrote it before. */
export class FieldWatch {
  readonly #byFrame = new Map<number, Instance[]>();
  readonly #watch: Watch;
  #reads: Read[] = [];
  readonly places = new WritingPlaces();

  constructor(
    readonly machine: Machine,
    readonly seen: Seen,
  ) {
    this.#watch = machine.cpu.engine.linear.watched.watch(this.#accessed, { reads: true });
  }

  /** From now on, in place of what was known of the same bytes: a hypervisor puts pages where others were. */
  add(instances: readonly Instance[]): void {
    for (const instance of instances) {
      const { start, end } = instance;
      for (let frame = start >>> 12; frame <= (end - 1) >>> 12; frame++) {
        const known = this.#byFrame.get(frame) ?? [];
        const apart = known.filter((other) => other.end <= start || end <= other.start);
        this.#byFrame.set(frame, [...apart, instance]);
      }
      this.#watch.add(start, end - start);
    }
  }

  /** What was read last is no part of a copy. */
  finish(): void {
    for (const { key, row } of this.#reads) this.seen.add(key, row);
    this.#reads = [];
  }

  readonly #accessed = (at: number, bytes: number, write: boolean): void => {
    // What a program does with the page tells the kernel nothing.
    if (this.machine.cpu.userMode) return;
    for (const instance of this.#byFrame.get(at >>> 12) ?? []) {
      const from = Math.max(at, instance.start);
      const length = Math.min(at + bytes, instance.end) - from;
      if (length <= 0) continue;
      if (write) this.#written(instance, from, length);
      else this.#read(instance, from, length);
    }
  };

  #written(instance: Instance, at: number, bytes: number): void {
    const offset = at - instance.start;
    const isCopyOf = (read: Read): boolean =>
      (read.instance !== instance || bytes > longestChange) &&
      read.instance.source === instance.source &&
      read.offset === offset &&
      read.bytes === bytes &&
      this.machine.instructions - read.row.moment.instruction <= copyWithin;
    const source = this.#reads.find(isCopyOf);
    const place = this.places.number(this.machine);
    if (!source) {
      instance.written(at, bytes, place);
      return;
    }
    instance.copied(source.instance, offset, bytes, place);
    this.#reads = this.#reads.filter((read) => !isCopyOf(read));
  }

  #read(instance: Instance, at: number, bytes: number): void {
    this.#settle();
    const { source, start } = instance;
    const wanted = instance.fields(at, bytes).map((field) => ({ field, key: `${source} ${field}` }));
    const pc = runningPc(this.machine);
    const fresh = wanted.filter(({ key }) => !this.seen.knows(key, pc));
    if (fresh.length === 0) return;
    const content = this.machine.memory.ram(at, bytes);
    const moment: Moment = momentOf(this.machine);
    const value = bytes <= longestValue ? littleEndian(content) : undefined;
    const writtenBy = instance.writer(at, content) ?? null;
    for (const { field, key } of fresh) {
      const row = { source, field, access: 'read', moment, writtenBy, value } as const;
      this.#reads.push({ instance, offset: at - start, bytes, field, key, row });
    }
  }

  /** Reads that were not followed by a write are what they seem. */
  #settle(): void {
    const { instructions } = this.machine;
    while (this.#reads.length > 0 && instructions - this.#reads[0]!.row.moment.instruction > copyWithin) {
      const { key, row } = this.#reads.shift()!;
      this.seen.add(key, row);
    }
  }
}
