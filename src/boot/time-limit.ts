/** A signal that also ends the work after so many seconds; how a boot tells the two apart is `interruption`'s. */
export function limited(
  signal: AbortSignal | undefined,
  seconds: number | undefined,
): AbortSignal | undefined {
  if (seconds === undefined) return signal;
  const limit = AbortSignal.timeout(Math.ceil(seconds * 1000));
  return signal ? AbortSignal.any([signal, limit]) : limit;
}
