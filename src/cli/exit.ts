/** Exit codes, the same for every command. */
export const EXIT = {
  /** Done; for a comparison or a question: the same, or yes. */
  ok: 0,
  /** A comparison found differences, a question was answered no, or a boot did not get where it was to get. */
  no: 1,
  /** The image cannot be read, or the command was misused. */
  error: 2,
  /** Nothing was done, because something it needs is not there. */
  skipped: 4,
  /** Interrupted from the keyboard, as shells count it. */
  interrupted: 130,
} as const;
