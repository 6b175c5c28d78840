/** What is to be asked of a machine: an expression (docs/contract.md), evaluated when a waypoint is reached, or a function entered. */
export interface Probe {
  readonly at: string;
  readonly expression: string;
}

/** A register, a place in memory, or an expression's other part that is no number itself, and what it was. */
export interface ProbePart {
  readonly text: string;
  /** 0x-hex; the symbol, where it is the address of one. */
  readonly value: string;
}

/** What came of a probe at a waypoint that was reached. */
export interface RecordedProbe extends Probe {
  /** Retired before. */
  readonly instruction: number;
  /** 0x-hex; of a comparison 0x1 or 0x0. null: it could not be told. */
  readonly value: string | null;
  /** Why not, in a sentence's end. */
  readonly problem: string | null;
  /** In the order of the expression. */
  readonly parts: readonly ProbePart[];
}
