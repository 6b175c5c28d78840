import type { Frame } from '../engine/architecture.js';
import type { Border } from '../engine/interpreter/library.js';

/** Functions that handlers import beside the engine's. */
export const x86Border = {
  /** (rec, segment offset, write): raises #GP or #SS. */
  segmentFault: { params: ['i32', 'i32'] },
} as const satisfies Border;

export type X86Frame = Frame<typeof x86Border>;
