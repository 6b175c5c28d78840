import { bootParams } from '../../abi/boot-params.js';
import { CR0 } from '../../abi/x86/control-registers.js';
import { GPR } from '../../abi/x86/registers.js';
import type { StartOfDay } from '../../boot/options.js';
import type { Machine } from '../../machine/machine.js';
import { Instance } from './instance.js';
import { type Moment, momentOf } from './moment.js';
import type { WritingPlaces } from './writing-places.js';

/**
 * The zero page that a kernel's own setup code fills, in memory of its own: only when it jumps to the protected-mode code does ESI say where
 * (boot.rst, "32-bit Boot Protocol"). So what is in it then is the setup code's.
 */
export class SetupHandover {
  readonly #kernel: number | undefined;
  #setup: Moment | undefined;
  #isOver = false;

  constructor(
    readonly machine: Machine,
    { places }: StartOfDay,
  ) {
    this.#kernel = places.find(({ name }) => name === 'kernel')?.start;
    this.#isOver = (machine.cpu.cr0 & CR0.PE) !== 0;
  }

  /** A block is about to run for the first time: the zero page where it is handed over by that. */
  ran(places: WritingPlaces): Instance | undefined {
    if (this.#isOver) return undefined;
    const { cpu, memory } = this.machine;
    if (Number(cpu.rip) !== this.#kernel) {
      this.#setup = momentOf(this.machine);
      return undefined;
    }
    this.#isOver = true;
    const start = Number(cpu.readGpr(GPR.RSI, 32));
    if (!this.#setup || start + bootParams.size > memory.ramSize) return undefined;
    const instance = new Instance({
      source: bootParams.name,
      start,
      size: bootParams.size,
      struct: bootParams,
    });
    instance.written(start, bootParams.size, places.keep(this.#setup));
    return instance;
  }
}
