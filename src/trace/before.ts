import { functionRuns } from './function-runs.js';
import { isPlumbing } from './plumbing.js';
import type { Recording } from './recording.js';

/** Where all paths of Linux meet. */
export const meeting = 'start_kernel';

/** Instructions retired before `start_kernel`; infinite in a boot that did not get there. */
export function meetingPoint({ waypoints }: Recording): number {
  return waypoints.find(({ name }) => name === meeting)?.instruction ?? Number.POSITIVE_INFINITY;
}

/**
 * Names of the kernel's functions that were entered at their first instruction before `start_kernel`, in order; plumbing left
 * out.
 */
export function enteredBefore(recording: Recording): string[] {
  const { functions } = recording;
  const end = meetingPoint(recording);
  return [...functionRuns(recording).values()]
    .filter(({ row, entered }) => functions.size[row]! > 0 && entered !== undefined && entered < end)
    .sort((a, b) => a.entered! - b.entered!)
    .map(({ row }) => functions.name[row]!)
    .filter((name) => !isPlumbing(name));
}
