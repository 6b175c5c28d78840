/**
 * Thrown while an instruction is emitted: it cannot be part of a region as things are. No Error, since a stack that nobody
 * reads costs more than the emission.
 */
export class Untranslatable {
  constructor(readonly reason: string) {}
}
