import type { Severity } from '../rule.js';
import type { Rule } from './kinds/kinds.js';
import type { OneOrMore } from './rule-base.js';

/** Findings that are by design: they are notes, with the reason. */
export interface ExpectedFinding {
  /** A detector, a rule on images or one of the contract. */
  readonly rule: string;
  /** As the finding says it: `pvh`, `linux64/kvm`. */
  readonly entry?: string;
  readonly function?: string;
  readonly because: string;
}

/** What the paths of a kernel must, may and must not do: docs/contract.md. */
export interface Contract {
  /** Of this format; in JSON it is how an editor finds it. */
  readonly $schema?: string;
  readonly version: 1;
  readonly comment?: string;
  /** An image, or recordings of one, that growth is measured against: paths from the contract's file on. */
  readonly against?: OneOrMore<string>;
  readonly rules?: readonly Rule[];
  /** Detectors that are turned off, or whose findings are of this severity. */
  readonly detectors?: Readonly<Record<string, 'off' | Severity>>;
  readonly expect?: readonly ExpectedFinding[];
}

/** A contract and the file that it stands in. */
export interface ReadContract {
  readonly file: string;
  readonly contract: Contract;
}
