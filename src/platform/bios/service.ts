import type { BiosCall } from './call.js';

/** One function of a service. */
export interface BiosFunction {
  /** In AH; of four hexadecimal digits in AX. */
  readonly number: string;
  readonly name: string;
  readonly run: (call: BiosCall) => void;
}

/** What is behind one vector. One file in this room each, one line in `services.ts`. */
export interface BiosService {
  readonly vector: number;
  readonly title: string;
  readonly functions: readonly BiosFunction[];
  /** What a function gets that is not among them. */
  readonly otherwise: (call: BiosCall) => void;
}

export const biosFunction = (number: string, name: string, run: (call: BiosCall) => void): BiosFunction => ({
  number,
  name,
  run,
});

/** The function that is called; undefined where the service has none of that number. */
export function functionOf({ functions }: BiosService, { ax, ah }: BiosCall): BiosFunction | undefined {
  return functions.find(({ number }) => Number.parseInt(number, 16) === (number.length > 2 ? ax : ah));
}
