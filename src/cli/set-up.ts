/** What holds for every thread of the command line. */
export function setUp(): void {
  // Commands are loaded later: the stack traces of their errors name files and lines of the sources.
  if (process.env.ZEROPAGE_DEBUG) process.setSourceMapsEnabled(true);
  // Nothing here fetches but zstddec, from a data: URL, for which Node would load its HTTP client: 50 ms of processor
  // time. Where there is no fetch, zstddec decodes the URL's text itself.
  Reflect.deleteProperty(globalThis, 'fetch');
}
