/** Why an item is not there: the archive has none, it could not be reached, or something went wrong. */
export type FailureKind = 'unavailable' | 'offline' | 'failed';

/** A failure that says what it means for the exit code. */
export class CorpusFailure extends Error {
  constructor(
    readonly kind: FailureKind,
    message: string,
  ) {
    super(message);
    this.name = 'CorpusFailure';
  }
}

/** Exit codes of `npm run corpus`. */
export const EXIT = { ok: 0, error: 2, skipped: 4 } as const;
