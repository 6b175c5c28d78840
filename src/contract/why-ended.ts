import type { Recording } from '../trace/recording.js';

/** Why a boot ended, and what its autopsy says, in sentences. */
export function whyEnded({ reason, autopsy }: Recording): string {
  if (!autopsy) return reason;
  const { cause } = autopsy;
  return `${reason} ${cause.charAt(0).toUpperCase()}${cause.slice(1)}.`;
}

const outside: readonly (string | null)[] = ['time-limit', 'interrupted'];

/** Does a boot say nothing of its image: did the machine lack something, or somebody end it other than guest and budget? */
export const saysNothing = ({ verdict, stop }: Pick<Recording, 'verdict' | 'stop'>): boolean =>
  verdict === 'not-supported' || outside.includes(stop);
