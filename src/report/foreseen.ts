import type { BootResult } from '../boot/boot.js';
import { concerning, fatal } from '../contract/concern.js';
import { checkImage } from '../contract/image-rules/image-rules.js';
import type { Finding } from '../contract/rule.js';
import { offers } from '../entry/entries.js';
import type { EntryId } from '../entry/entry.js';
import type { Image } from '../image/image.js';
import type { FindingReport } from './inspection.js';
import { findingReports } from './sections/findings.js';
import { plural } from './text/quantity.js';

const checked = new WeakMap<Image, readonly Finding[]>();

/** What is wrong with an image by its bytes, as far as it is about an entry: known before a boot. */
export function foreseen(
  image: Image,
  entry: EntryId | null,
  via: 'image' | 'payload' | null,
): FindingReport[] {
  let findings = checked.get(image);
  if (!findings) checked.set(image, (findings = checkImage(image, offers(image))));
  return findingReports(concerning(findings, entry, via));
}

type Blamed = Pick<BootResult, 'verdict' | 'stop' | 'cause' | 'reason' | 'waypoints' | 'autopsy'>;

/** Blames a boot that died before the kernel proper on what was known of the file, in its autopsy too. */
export function blamed<T extends Blamed>(result: T, findings: readonly FindingReport[]): T {
  const { verdict, stop, waypoints, autopsy, reason } = result;
  const known = fatal(findings, stop);
  const isEarly = verdict === 'failed' && !waypoints.some(({ name }) => name === 'start_kernel');
  if (!known || !isEarly) return result;
  const { cause, sentence, advice } = known;
  return {
    ...result,
    cause,
    reason: `${known.message} ${reason}`,
    autopsy: autopsy && { ...autopsy, cause: `${sentence}: ${autopsy.cause}`, advice: [advice] },
  };
}

const MOST_LINES = 5;

/** Findings in a line each, for the start of a boot; ends with a newline unless there are none. */
export function foreseenText(image: string, findings: readonly FindingReport[]): string {
  const lines = findings
    .slice(0, MOST_LINES)
    .map(({ severity, rule, message }) => `${image}: ${severity}: ${rule}: ${message}\n`);
  const left = findings.length - lines.length;
  return (
    lines.join('') +
    (left > 0 ? `${image}: and ${plural(left, 'finding')} more, which zeropage inspect lists\n` : '')
  );
}
