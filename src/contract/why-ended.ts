import type { Recording } from '../trace/recording.js';

/** Why a boot ended, and what its autopsy says, in sentences. */
export function whyEnded({ reason, autopsy }: Recording): string {
  if (!autopsy) return reason;
  const { cause } = autopsy;
  return `${reason} ${cause.charAt(0).toUpperCase()}${cause.slice(1)}.`;
}
