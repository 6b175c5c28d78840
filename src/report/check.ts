import { type AgainstBaseline, againstBaseline, type Baseline } from '../contract/baseline.js';
import type { Found } from '../contract/found.js';
import type { KnownRule, UnjudgedRule } from '../contract/known-rules.js';
import { type Severity, severities } from '../contract/rule.js';
import type { EntryId } from '../entry/entry.js';
import type { PlatformId } from '../platform/platform.js';
import type { RecordedWaypoint } from '../trace/recording.js';

/** A boot that a check looked at. */
export interface CheckedPath {
  readonly entry: EntryId;
  readonly platform: PlatformId;
  readonly verdict: string;
  /** Why it says nothing of the image, in a sentence: it could not be started, or somebody else than the guest ended it. */
  readonly problem: string | null;
  readonly waypoints: readonly RecordedWaypoint[];
}

export interface CheckedImage {
  readonly image: string;
  /** As it was named: a path. */
  readonly file: string;
  readonly release: string | null;
  /** Why it cannot be judged, in a sentence: it cannot be read, or offers nothing that can be booted. */
  readonly problem: string | null;
  readonly paths: readonly CheckedPath[];
  readonly unjudged: readonly UnjudgedRule[];
}

/** A finding and the image it is about. */
export interface CheckFinding extends Found {
  readonly image: string;
}

/** Images, and all that was found in them. */
export interface Checked {
  /** What the images were held against. */
  readonly rules: readonly KnownRule[];
  readonly images: readonly CheckedImage[];
  readonly findings: readonly CheckFinding[];
}

/** What a check of images found: schema/check.schema.json. */
export interface CheckReport extends Checked {
  readonly schemaVersion: 1;
  /** All could be judged, and there is no finding of severity `failOn` or graver. */
  readonly holds: boolean;
  /** The least severity that fails. */
  readonly failOn: Severity;
  /** Where there is one, `findings` are those that it does not have. */
  readonly baseline: Omit<AgainstBaseline<CheckFinding>, 'fresh'> | null;
}

/** What a report is to say, beside what was found. */
export interface CheckTerms {
  readonly failOn?: Severity;
  readonly baseline?: Baseline;
}

export function checkReport({ rules, images, findings }: Checked, terms: CheckTerms = {}): CheckReport {
  const { failOn = 'error', baseline } = terms;
  const against = baseline && againstBaseline(findings, baseline);
  const report = {
    failOn,
    rules,
    images,
    findings: against?.fresh ?? findings,
    baseline: against ? { known: against.known, vanished: against.vanished } : null,
  };
  return { schemaVersion: 1, holds: checkOutcome(report) === 'holds', ...report };
}

/** Whether a finding is as grave as what is to fail. */
export const fails = (
  { failOn }: Pick<CheckReport, 'failOn'>,
  { severity }: { severity: Severity },
): boolean => severities.indexOf(severity) <= severities.indexOf(failOn);

/**
 * What came of it all. An image that could not be judged comes before what was found in others; what was found in an image, before a
 * boot of it that could not be judged.
 */
export function checkOutcome(
  report: Pick<CheckReport, 'images' | 'findings' | 'failOn'>,
): 'holds' | 'found' | 'not-judged' {
  const { images, findings } = report;
  if (images.some(({ problem }) => problem !== null)) return 'not-judged';
  if (findings.some((finding) => fails(report, finding))) return 'found';
  return images.some(({ paths }) => paths.some(({ problem }) => problem !== null)) ? 'not-judged' : 'holds';
}
