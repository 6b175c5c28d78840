/** Says something on stderr; stdout is for results. */
export function say(line: string): void {
  process.stderr.write(`corpus: ${line}\n`);
}

/** Announces work that may take a while, and repeats itself while it lasts. */
export async function during<T>(label: string, work: () => Promise<T>): Promise<T> {
  const start = Date.now();
  say(label);
  const timer = setInterval(() => say(`${label}: still at it after ${seconds(start)}`), 5000);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}

/** Time since `start`, for people. */
export function seconds(start: number): string {
  return `${((Date.now() - start) / 1000).toFixed(1)} s`;
}

/** A size in bytes, for people. */
export function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
