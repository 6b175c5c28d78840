/** Exit codes, the same for every command. */
export const EXIT = {
  /** Done; for a comparison or a question: the same, or yes. */
  ok: 0,
  /** A comparison found differences, or a question was answered no. */
  no: 1,
  /** The image cannot be read, or the command was misused. */
  error: 2,
  /** Nothing was done, because something it needs is not there. */
  skipped: 4,
} as const;
