import { columnName } from '../../boot/column-name.js';
import type { Probe } from '../../trace/probes/row.js';
import type { Found } from '../found.js';
import type { UnjudgedRule } from '../known-rules.js';
import { commandLine, pathCommand, quoted } from '../reproduce.js';
import type { Subject } from '../subject.js';
import type { Contract, ReadContract } from './contract.js';
import type { Judged, Kind } from './kinds/kind.js';
import { kinds, type Rule } from './kinds/kinds.js';
import { selects } from './paths.js';

/** What of a contract's rules does not hold or cannot be judged, in the order of the rules. */
export function judge(subject: Subject, { file, contract }: ReadContract): Found[] {
  return (contract.rules ?? []).flatMap((rule) =>
    [...judged(rule, subject)].map(({ path, notKnown, severity, message, command, ...rest }): Found => {
      const why = notKnown ? `Not judged: ${message}` : message;
      return {
        rule: rule.name,
        severity: severity ?? (notKnown ? 'note' : (rule.severity ?? 'error')),
        entry: path ? columnName(path.recording.boot) : null,
        function: rest.function ?? null,
        instruction: rest.instruction ?? null,
        message: rule.comment === undefined ? sentence(why) : `${sentence(why)} ${sentence(rule.comment)}`,
        other: rest.other ?? null,
        confidence: 'certain',
        reproduce: reproduction(subject, file, { rule, path, command }),
      };
    }),
  );
}

/** Rules of which nothing could be judged, with the reason. */
export function unjudgedRules(subject: Subject, { contract }: ReadContract): UnjudgedRule[] {
  return (contract.rules ?? []).flatMap((rule) => {
    const all = [...judged(rule, subject)];
    const wholly = all.find((one) => one.notKnown && !one.path && !one.function);
    return wholly && all.every(({ notKnown }) => notKnown)
      ? [{ rule: rule.name, reason: sentence(capital(wholly.message)) }]
      : [];
  });
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** What the boots must be asked for a contract's rules, each once. */
export function probesOf({ rules = [] }: Contract): Probe[] {
  const all = rules.flatMap((rule) => kindOf(rule).probes?.(rule) ?? []);
  return [...new Map(all.map((probe) => [JSON.stringify(probe), probe])).values()];
}

/** Whether a rule compares with another image. */
export const asksGrowth = (rule: Rule): boolean => 'growth' in rule && rule.growth !== undefined;

const kindOf = (rule: Rule): Kind => kinds.find(({ id }) => Object.hasOwn(rule, id))!;

function* judged(rule: Rule, subject: Subject): Generator<Judged> {
  const kind = kindOf(rule);
  const isSelected = subject.paths.map((path) => selects(rule.when, path));
  const paths = subject.paths.filter((_, i) => isSelected[i]);
  if (paths.length === 0 && kind.isAboutPaths) {
    yield { notKnown: true, message: 'no path that it is about was booted' };
    return;
  }
  yield* kind.judge(rule, { subject, paths, others: subject.paths.filter((_, i) => !isSelected[i]) });
}

function reproduction(
  subject: Subject,
  file: string,
  { rule, path, command }: Pick<Judged, 'path' | 'command'> & { readonly rule: Rule },
): string {
  if (command === 'inspect') return commandLine('inspect', { ...subject, options: '' }, []);
  if (command === 'boot' && path) return pathCommand('boot', subject, path);
  const against = asksGrowth(rule) ? (subject.against?.files ?? []) : [];
  const words = [`--contract ${quoted(file)}`, ...against.map((each) => `--against ${quoted(each)}`)];
  return path ? pathCommand('check', subject, path, words) : commandLine('check', subject, words);
}

/** Ends with a full stop. */
const sentence = (text: string): string => (/[.!?]$/.test(text.trim()) ? text.trim() : `${text.trim()}.`);
