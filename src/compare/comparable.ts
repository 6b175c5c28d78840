import type { Recording } from '../trace/recording.js';

/** Why recordings cannot be compared, and what to do; undefined when they can. */
export function incomparable(recordings: readonly Recording[]): { reason: string; hint: string } | undefined {
  if (recordings.length < 2) {
    return {
      reason: 'there is one boot, and it takes two to compare',
      hint: 'name more files, entries (--entry A,B) or platforms (--platform A,B)',
    };
  }
  const unnamed = recordings.find(({ symbolsProblem }) => symbolsProblem !== null);
  return (
    unnamed && {
      reason: `${unnamed.image.name}, ${unnamed.boot.entry}: what ran has no names: ${unnamed.symbolsProblem}`,
      hint: 'paths are compared by functions; "zeropage trace" shows waypoints and code without them',
    }
  );
}
