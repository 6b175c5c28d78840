import type { Machine } from '../../../machine/machine.js';
import type { CpuidOptions } from '../../../machine/x86/cpuid.js';
import type { Choice } from './choice.js';
import { Random } from './random.js';

/** A variation of the start of day as it is carried out on one machine. */
export class Variant {
  constructor(
    private readonly seed: number,
    private readonly choices: readonly Choice[],
  ) {}

  /** What the choice of that id draws from; undefined where it is not made. */
  random(id: string): Random | undefined {
    return this.choices.some((choice) => choice.id === id) ? new Random(this.seed, id) : undefined;
  }

  cpu(cpu: CpuidOptions): CpuidOptions {
    return this.choices.reduce(
      (before, choice) => choice.cpu?.(before, new Random(this.seed, choice.id)) ?? before,
      cpu,
    );
  }

  before(machine: Machine): void {
    for (const { id, before } of this.choices) before?.(machine, new Random(this.seed, id));
  }

  after(machine: Machine): void {
    for (const { id, after } of this.choices) after?.(machine, new Random(this.seed, id));
  }
}
