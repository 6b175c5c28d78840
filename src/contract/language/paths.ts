import { hardwareSubarch } from '../../abi/hardware-subarch.js';
import type { Path } from '../../compare/path.js';
import { firstOf, rowsOf } from './known-functions.js';
import { isWaypoint } from './names.js';
import { listed, type OneOrMore, type When } from './rule-base.js';

/** Whether a rule is about a path. */
export function selects(when: When | undefined, { recording }: Path): boolean {
  const { boot } = recording;
  const has = <T>(wanted: OneOrMore<T> | undefined, value: T): boolean =>
    wanted === undefined || listed(wanted).includes(value);
  const subarchs = when?.subarchs && listed(when.subarchs).map(numberOf);
  return (
    has(when?.entries, boot.entry) &&
    has(when?.platforms, boot.platform) &&
    has(subarchs, subarchOf(boot)) &&
    has(when?.cpu, boot.cpu) &&
    listed(when?.built).every((name) => rowsOf(recording, name).length > 0)
  );
}

const numberOf = (subarch: keyof typeof hardwareSubarch | number): number =>
  typeof subarch === 'number' ? subarch : hardwareSubarch[subarch];

/** What the kernel runs as: through Xen's own entry it sets X86_SUBARCH_XEN itself (xen_start_kernel, arch/x86/xen/enlighten_pv.c). */
const subarchOf = ({ entry, subarch }: Path['recording']['boot']): number =>
  entry === 'xen-pv' ? hardwareSubarch.XEN : subarch;

/** Instructions retired before a waypoint that a path reached. */
export function reached({ recording }: Path, waypoint: string): number | undefined {
  return recording.waypoints.find(({ name }) => name === waypoint)?.instruction;
}

/** When a waypoint was reached, or a function that is none entered, the first time. */
export const arrivalAt = (path: Path, name: string): number | undefined =>
  isWaypoint(name) ? reached(path, name) : firstOf(path, name);

/** The guest ran until it ended in order, so that what did not happen will not. */
export const isWhole = ({ recording: { verdict } }: Path): boolean =>
  verdict === 'userspace' || verdict === 'expected' || verdict === 'ended';

/** Whoever asked for the boot ended it, or the machine lacks something: what would have come is not the guest's doing. */
export const isCutShort = ({ recording: { verdict, stop } }: Path): boolean =>
  verdict === 'reached' || verdict === 'not-supported' || stop === 'interrupted' || stop === 'time-limit';

/** "linux64, pvh do."; null where nobody does. */
export function who(paths: readonly Path[], one: string, several: string): string | null {
  if (paths.length === 0) return null;
  return `${paths.map(({ name }) => name).join(', ')} ${paths.length === 1 ? one : several}.`;
}
