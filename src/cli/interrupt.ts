import { EXIT } from './exit.js';

export interface Interrupt {
  readonly signal: AbortSignal;
  abort(): void;
  /** It came from outside, not through `abort`. */
  signalled(): boolean;
  /** Gives the signals back. */
  release(): void;
}

/** Makes SIGINT and SIGTERM end the work in order; a second one ends the process at once. */
export function onInterrupt(): Interrupt {
  const controller = new AbortController();
  let signalled = false;
  const handle = (): void => {
    if (signalled) process.exit(EXIT.interrupted);
    signalled = true;
    controller.abort();
  };
  process.on('SIGINT', handle).on('SIGTERM', handle);
  return {
    signal: controller.signal,
    abort: () => controller.abort(),
    signalled: () => signalled,
    release: () => void process.off('SIGINT', handle).off('SIGTERM', handle),
  };
}
