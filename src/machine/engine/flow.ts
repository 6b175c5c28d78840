/** How control goes on behind an instruction. */
export type Flow =
  | 'next'
  /** To the run loop, which looks at the world. */
  | 'leave'
  /** To the decoded target; to it as a function that returns; to it or to the next instruction. */
  | 'jump'
  | 'call'
  | 'conditional'
  /** The same with a target that is worked out. */
  | 'indirect-jump'
  | 'indirect-call'
  | 'return';
