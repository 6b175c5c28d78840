/** Exit codes, the same for every command. */
export const EXIT = {
  /** Done; for a comparison or a question: the same, or yes. */
  ok: 0,
  /** A comparison found differences that matter, a question was answered no, or a boot did not get where it was to get. */
  no: 1,
  /** The image cannot be read, or the command was misused. */
  error: 2,
  /** Nothing was done: something it needs is not there, or no entry of the images can be booted. */
  skipped: 4,
  /** The reader of the output left before the answer was known: as shells count a broken pipe. */
  unfinished: 141,
  /** Of a guest whose own status was asked for: it ended without one, and not well. */
  died: 255,
  /** Interrupted from the keyboard, as shells count it. */
  interrupted: 130,
} as const;
