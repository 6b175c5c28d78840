/** What holds for every thread of the command line. */
export function setUp(): void {
  // Commands are loaded later: the stack traces of their errors name files and lines of the sources.
  if (process.env.ZEROPAGE_DEBUG) process.setSourceMapsEnabled(true);
}
