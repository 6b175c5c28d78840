import type { BootResult } from '../boot/boot.js';
import { blamed } from './foreseen.js';
import type { FindingReport } from './inspection.js';

/** How a boot went: the JSON document of `zeropage boot --json`. All but `seconds` is the same every time. */
export interface BootReport extends BootResult {
  readonly schemaVersion: 1;
  /** Name of the image. */
  readonly image: string;
  /** What was known to be wrong with the image before, as far as it is about the entry. */
  readonly findings: readonly FindingReport[];
}

export function bootReport(
  image: string,
  result: BootResult,
  findings: readonly FindingReport[],
): BootReport {
  const { reason, cause, autopsy } = blamed(result, findings);
  const { verdict, entry, via, platform, stop, commandLine, waypoints } = result;
  const { slide, instructions, time, seconds, exitStatus, hash, console } = result;
  return {
    schemaVersion: 1,
    image,
    findings,
    verdict,
    entry,
    via,
    platform,
    reason,
    cause,
    stop,
    commandLine,
    waypoints,
    slide,
    instructions,
    time,
    seconds,
    exitStatus,
    hash,
    console,
    autopsy,
  };
}

const good: ReadonlySet<BootResult['verdict']> = new Set(['userspace', 'reached', 'expected', 'ended']);

/** Did the boot get where it was to get? */
export function succeeded({ verdict }: Pick<BootResult, 'verdict'>): boolean {
  return good.has(verdict);
}
