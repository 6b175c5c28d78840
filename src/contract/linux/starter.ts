import type { Recording } from '../../trace/recording.js';

/** How a path into Linux x86-64 begins: each has code of its own up to where it joins the others. */
export const starters = ['native', 'pvh', 'xen-pv'] as const;
export type Starter = (typeof starters)[number];

/** What every x86-64 kernel has and no other one. */
const mark = 'x86_64_start_reservations';

/** undefined for what is no Linux x86-64. */
export function starterOf({ boot: { entry }, functions }: Recording): Starter | undefined {
  if (!functions.name.includes(mark)) return undefined;
  return entry === 'pvh' || entry === 'xen-pv' ? entry : 'native';
}

/** Whether a path runs the native kernel's start, `x86_64_start_kernel`; so does all but Xen PV. */
export function isNative(recording: Recording): boolean {
  const starter = starterOf(recording);
  return starter === 'native' || starter === 'pvh';
}
