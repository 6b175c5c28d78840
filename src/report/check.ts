import type { Found } from '../contract/found.js';
import type { RecordedWaypoint } from '../trace/recording.js';

/** A boot that a check looked at. */
export interface CheckedPath {
  readonly entry: string;
  readonly platform: string;
  readonly verdict: string;
  readonly waypoints: readonly RecordedWaypoint[];
}

export interface CheckedImage {
  readonly image: string;
  readonly release: string | null;
  readonly paths: readonly CheckedPath[];
}

/** A finding and the image it is about. */
export interface CheckFinding extends Found {
  readonly image: string;
}

/** What a check of images found: schema/check.schema.json. */
export interface CheckReport {
  readonly schemaVersion: 1;
  /** There is no finding of severity error. */
  readonly holds: boolean;
  readonly images: readonly CheckedImage[];
  readonly findings: readonly CheckFinding[];
}

export function checkReport(images: readonly CheckedImage[], findings: readonly CheckFinding[]): CheckReport {
  return {
    schemaVersion: 1,
    holds: findings.every(({ severity }) => severity !== 'error'),
    images,
    findings,
  };
}
