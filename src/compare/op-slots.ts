import { isPlumbing } from '../trace/plumbing.js';
import type { Recording } from '../trace/recording.js';

/** A member of a table of operations: `x86_init.oem.arch_setup`. */
export interface Slot {
  readonly name: string;
  /** What it held at these waypoints, each once: names of functions, null for none. */
  readonly held: ReadonlySet<string | null>;
  /** Some of its calls may enter nothing: it held none or a no-op, or stands at the places themselves, patched in line. */
  readonly isSilent: boolean;
  /** It held none throughout. */
  readonly isNull: boolean;
}

/** Tables of operations of one path, by what they held at waypoints from an instruction on. */
export class OpSlots {
  readonly #slots = new Map<string, Slot>();
  readonly #byTarget = new Map<string, Slot[]>();

  constructor({ states }: Recording, from: number) {
    const held = new Map<string, Set<string | null>>();
    const silent = new Set<string>();
    for (const { tables } of states.filter(({ instruction }) => instruction >= from))
      for (const { table, ops } of tables)
        for (const { member, kind, target, sites } of ops) {
          if (kind === 'value') continue;
          const name = `${table}.${member}`;
          held.set(name, (held.get(name) ?? new Set()).add(target));
          const isInLine = sites.some(({ code }) => !/^(call|jmp) /.test(code));
          if (target === null || isPlumbing(target) || isInLine) silent.add(name);
        }
    for (const [name, targets] of held) {
      const slot: Slot = {
        name,
        held: targets,
        isSilent: silent.has(name),
        isNull: targets.size === 1 && targets.has(null),
      };
      this.#slots.set(name, slot);
      for (const target of targets)
        if (target !== null) this.#byTarget.set(target, [...(this.#byTarget.get(target) ?? []), slot]);
    }
  }

  find(name: string): Slot | undefined {
    return this.#slots.get(name);
  }

  /** Those that held a function. */
  holding(target: string): readonly Slot[] {
    return this.#byTarget.get(target) ?? [];
  }
}
