import { hardwareSubarch } from '../../abi/hardware-subarch.js';
import type { EntryId } from '../../entry/entry.js';
import { cpuidProfiles } from '../../machine/x86/cpuid.js';
import type { PlatformId } from '../../platform/platform.js';
import type { Severity } from '../rule.js';
import { entryName, platformName } from './names.js';
import { either, type Members, nameOf, object, oneOrMore, part, text, whole } from './shape.js';

export type OneOrMore<T> = T | readonly T[];

/** Which paths a rule is about: those that are all of what is said here. */
export interface When {
  readonly entries?: OneOrMore<EntryId>;
  readonly platforms?: OneOrMore<PlatformId>;
  /** hardware_subarch, by name or number. */
  readonly subarchs?: OneOrMore<keyof typeof hardwareSubarch | number>;
  /** Processors, as --cpu names them. */
  readonly cpu?: OneOrMore<string>;
  /** Functions that the image has, all of them: it was configured so. */
  readonly built?: OneOrMore<string>;
}

/** What rules of all kinds have. */
export interface RuleBase {
  /** What its findings are called. */
  readonly name: string;
  /** Why there is the rule; its findings say it. */
  readonly comment?: string;
  /** Of its findings; default: error. */
  readonly severity?: Severity;
  /** Default: all paths. */
  readonly when?: When;
}

export const severities = ['error', 'warning', 'note'] as const satisfies readonly Severity[];

const whenMembers = {
  entries: oneOrMore(entryName('Paths through these entries.')),
  platforms: oneOrMore(platformName('Paths on these platforms.')),
  subarchs: oneOrMore(
    either(
      whole('A number of hardware_subarch.'),
      nameOf(Object.keys(hardwareSubarch), 'subarchs', 'A name of hardware_subarch.'),
      (value) => typeof value === 'number',
      'Paths of a hardware_subarch.',
    ),
  ),
  cpu: oneOrMore(
    nameOf(Object.keys(cpuidProfiles), 'processors', 'Paths on these processors, as --cpu names them.'),
  ),
  built: oneOrMore(text('Paths of images that have this function, or all of these.')),
} satisfies Record<keyof When, unknown>;

/** The part `when` of the schema. */
export const when = object(whenMembers, [], 'Which paths the rule is about; all where nothing is said.');

export const baseMembers = {
  name: text('What the findings of the rule are called.'),
  comment: text('Why there is the rule; its findings say it.'),
  severity: nameOf(severities, 'severities', 'Of its findings; default: error.'),
  when: part('when', when),
} satisfies Record<keyof RuleBase, unknown> & Members;

export function listed<T>(value: OneOrMore<T> | undefined): readonly T[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value as T];
}
