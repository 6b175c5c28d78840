import type { BootResult } from '../boot/boot.js';

/** How a boot went: the JSON document of `zeropage boot --json`. All but `seconds` is the same every time. */
export interface BootReport extends BootResult {
  readonly schemaVersion: 1;
  /** Name of the image. */
  readonly image: string;
}

export function bootReport(image: string, result: BootResult): BootReport {
  const { verdict, entry, via, platform, reason, cause, stop, commandLine, waypoints } = result;
  const { slide, instructions, time, seconds, exitStatus, hash, console, autopsy } = result;
  return {
    schemaVersion: 1,
    image,
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
