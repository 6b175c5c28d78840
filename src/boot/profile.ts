import type { SymbolTable } from '../image/symbols/symbol-table.js';
import type { Machine, MachineStop } from '../machine/machine.js';

/** Instructions between two samples; a prime, so that no loop of the guest keeps step with it. */
const EVERY = 99_991;

/** A function of the guest, as far as samples show. */
export interface ProfileRow {
  readonly name: string;
  readonly instructions: number;
  /** Host time. */
  readonly milliseconds: number;
  /** Of its samples, how many found translated code, from 0 to 1. */
  readonly translated: number;
}

interface Sum {
  instructions: number;
  milliseconds: number;
  samples: number;
  translated: number;
}

/** Where a boot's instructions and host time go: every so many instructions what has passed is put down to what runs then. */
export class Profile {
  /** By address, and whether a program runs. */
  readonly #places = new Map<string, { address: bigint; user: boolean; sum: Sum }>();

  /** Runs a machine like its own `run`. */
  run(machine: Machine, until: number): MachineStop {
    for (;;) {
      const { instructions } = machine;
      const began = performance.now();
      const stop = machine.run(Math.min(until, machine.cpu.now + EVERY));
      this.#note(machine, machine.instructions - instructions, performance.now() - began);
      if (stop !== 'budget' || machine.cpu.now >= until) return stop;
    }
  }

  #note(machine: Machine, instructions: number, milliseconds: number): void {
    const { cpu } = machine;
    const address = BigInt.asUintN(cpu.codeBits === 64 ? 64 : 32, cpu.rip);
    const key = `${address} ${cpu.userMode}`;
    let place = this.#places.get(key);
    if (!place) {
      place = {
        address,
        user: cpu.userMode,
        sum: { instructions: 0, milliseconds: 0, samples: 0, translated: 0 },
      };
      this.#places.set(key, place);
    }
    place.sum.instructions += instructions;
    place.sum.milliseconds += milliseconds;
    place.sum.samples++;
    if (isTranslated(machine)) place.sum.translated++;
  }

  /** Functions by host time; `slide` is how far the kernel's virtual addresses were moved. */
  rows(symbols: SymbolTable | undefined, slide: bigint): ProfileRow[] {
    const sums = new Map<string, Sum>();
    for (const { address, user, sum } of this.#places.values()) {
      const name = user ? '(programs)' : (symbols?.at(address - slide)?.name ?? '(no symbol)');
      const known = sums.get(name);
      if (!known) sums.set(name, { ...sum });
      else {
        known.instructions += sum.instructions;
        known.milliseconds += sum.milliseconds;
        known.samples += sum.samples;
        known.translated += sum.translated;
      }
    }
    return [...sums]
      .map(([name, { instructions, milliseconds, samples, translated }]) => ({
        name,
        instructions,
        milliseconds,
        translated: translated / samples,
      }))
      .sort((a, b) => b.milliseconds - a.milliseconds);
  }
}

/** Is what runs now part of a region? */
function isTranslated({ cpu }: Machine): boolean {
  const { translator } = cpu;
  if (!translator) return false;
  const page = Number(cpu.rip >> 12n);
  const offset = Number(cpu.rip & 0xfffn);
  const frame = cpu.walker.peek(page);
  if (frame === undefined) return false;
  return cpu.blocks
    .inFrame(frame)
    .some(
      (block) =>
        block.page === page && offset >= block.offset && offset < block.end && translator.translates(block),
    );
}
