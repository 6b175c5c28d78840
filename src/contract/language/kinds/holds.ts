import { ExpressionError } from '../../../trace/probes/expression.js';
import { parseExpression } from '../../../trace/probes/parse.js';
import type { RecordedProbe } from '../../../trace/probes/row.js';
import { unknownPlace } from '../known-functions.js';
import { type PlaceName, place } from '../names.js';
import { arrivalAt, who } from '../paths.js';
import { listed, type OneOrMore, type RuleBase } from '../rule-base.js';
import { Misshapen, oneOrMore, text, type Where } from '../shape.js';
import { strangePlaces } from '../strangers.js';
import type { Judging, Kind } from './kind.js';

export interface HoldsRule extends RuleBase {
  /** What must be true there, as expressions: docs/contract.md. */
  readonly holds: OneOrMore<string>;
  /** When a waypoint is reached or a function entered, the first time. */
  readonly at: OneOrMore<PlaceName>;
}

export const holds: Kind<HoldsRule> = {
  id: 'holds',
  order: 7,
  title: 'What must be true of registers and memory at a waypoint or function',
  members: {
    holds: oneOrMore(text('An expression that must be true there.', isExpression)),
    at: oneOrMore(place('The waypoint or function, or several.')),
  },
  required: ['at'],
  probes: (rule) =>
    listed(rule.at).flatMap((at) => listed(rule.holds).map((expression) => ({ at, expression }))),
  isAboutPaths: true,
  *judge(rule, judging) {
    const places = listed(rule.at);
    yield* strangePlaces(places, judging.paths);
    for (const path of judging.paths) {
      for (const at of places) {
        if (unknownPlace(path.recording, at) !== undefined) continue;
        const there = path.recording.probes.filter((probe) => probe.at === at);
        if (arrivalAt(path, at) === undefined) {
          yield { path, notKnown: true, message: `the path does not pass ${at}, or ended before` };
          continue;
        }
        for (const expression of listed(rule.holds)) {
          const probe = there.find((each) => each.expression === expression);
          if (!probe) yield { path, notKnown: true, message: `${expression} was not asked for at ${at}` };
          else if (probe.value === null)
            yield {
              path,
              notKnown: true,
              severity: 'warning',
              message: `${expression} at ${at}: ${probe.problem}`,
            };
          else if (probe.value === '0x0') {
            yield {
              path,
              function: at,
              instruction: probe.instruction,
              message: `${expression} does not hold at ${at}${known(probe)}.`,
              other: others(expression, at, judging),
            };
          }
        }
      }
    }
  },
};

/** ": cr4 is 0x20, …", what is named more than once only once. */
function known({ parts }: RecordedProbe): string {
  const values = new Set(parts.map(({ text, value }) => `${text} is ${value}`));
  return values.size === 0 ? '' : `: ${[...values].join(', ')}`;
}

function others(expression: string, at: string, { subject }: Judging): string | null {
  const keeping = subject.paths.filter(({ recording }) =>
    recording.probes.some(
      (probe) =>
        probe.at === at && probe.expression === expression && probe.value !== null && probe.value !== '0x0',
    ),
  );
  return who(keeping, 'keeps to it', 'keep to it');
}

function isExpression(value: string, where: Where): void {
  try {
    parseExpression(value);
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    throw new Misshapen(
      `${error.message}, at character ${error.at + 1} of the expression`,
      where,
      error.hint,
    );
  }
}
