/** Thrown while an instruction is emitted: it cannot be part of a region as things are. */
export class Untranslatable extends Error {}
