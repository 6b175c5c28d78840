import { GPR } from '../../abi/x86/registers.js';
import type { Machine } from '../../machine/machine.js';
import { type Moment, momentOf, runningPc } from './moment.js';

/** Places are kept in 16 bits. */
const most = 0xffff;

/** Places in code that write, by number from 1 on; 0 is none. */
export class WritingPlaces {
  readonly #numbers = new Map<string, number>();
  readonly #moments: Moment[] = [];

  /** The place that is writing now. A helper that writes for many is one for each that calls it. */
  number(machine: Machine): number {
    const { cpu } = machine;
    const bits = cpu.codeBits === 64 ? 64 : 32;
    const returns = cpu.linear.peek(cpu.readGpr(GPR.RSP, bits), bits / 8);
    const key = `${runningPc(machine)} ${returns?.join() ?? ''}`;
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    const number = this.keep(momentOf(machine));
    if (number !== 0) this.#numbers.set(key, number);
    return number;
  }

  /** A place that was seen some time ago. */
  keep(moment: Moment): number {
    return this.#moments.length === most ? 0 : this.#moments.push(moment);
  }

  at(number: number): Moment | undefined {
    return this.#moments[number - 1];
  }
}
