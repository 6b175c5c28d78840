/** What is being delivered: an external interrupt, an exception (INT1 too), or INT n, INT3, INTO. */
export type EventKind = 'interrupt' | 'exception' | 'software';
