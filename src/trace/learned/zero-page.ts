import { bootParams } from '../../abi/boot-params.js';
import type { Machine } from '../../machine/machine.js';
import type { CodeMap } from '../code-map.js';
import type { FilledShare, Instance } from './instance.js';
import { placeOf } from './place-of.js';
import type { CalledPlace, RecordedFilling } from './row.js';
import type { WritingPlaces } from './writing-places.js';

/** Who filled Linux's `boot_params`: what is in it when paths have met. */
export class ZeroPage {
  #shares: readonly FilledShare[] = [];

  constructor(
    readonly machine: Machine,
    readonly instance: Instance,
    readonly places: WritingPlaces,
  ) {}

  look(): void {
    this.#shares = this.instance.shares(this.machine.memory.ram(this.instance.start, bootParams.size));
  }

  /** By function: most bytes first. */
  fillings(code: CodeMap): RecordedFilling[] {
    const found = new Map<string, RecordedFilling & { bytes: number }>();
    for (const { writer, place, copier, bytes } of this.#shares) {
      const filling = { writer, by: this.#called(place, code), copiedBy: this.#called(copier, code), bytes };
      const key = [writer, filling.by?.function, filling.copiedBy?.function].join(' ');
      const known = found.get(key);
      if (known) known.bytes += bytes;
      else found.set(key, filling);
    }
    return [...found.values()].sort((a, b) => b.bytes - a.bytes);
  }

  /** The function that writes, not one that writes for whoever calls it. */
  #called(number: number, code: CodeMap): CalledPlace | null {
    const moment = this.places.at(number);
    if (!moment) return null;
    const { function: row, offset, callers } = placeOf(moment, code);
    const name = code.functions.columns.name[row]!;
    const [caller, ...others] = callers;
    return caller && helper.test(name) ? { ...caller, callers: others } : { function: row, offset, callers };
  }
}

/** Copies and fills memory for others (arch/x86/lib/memcpy_64.S, memset_64.S, lib/string.c). */
const helper = /^_*(mem(cpy|move|set)|str[a-z]*cpy)/;
