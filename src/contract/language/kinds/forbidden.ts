import { before, type FunctionNames, functionNames } from '../constraints.js';
import { firstOf, momentOf, rowsOf } from '../known-functions.js';
import { isWhole, who } from '../paths.js';
import { listed, type RuleBase } from '../rule-base.js';
import { strangeFunctions, strangePlaces } from '../strangers.js';
import type { Kind } from './kind.js';

export interface ForbiddenRule extends RuleBase {
  /** Functions that must not be entered on the paths that the rule is about. */
  readonly forbidden: FunctionNames;
  /** Not before this function or waypoint alone; behind it they may. */
  readonly before?: string;
}

export const forbidden: Kind<ForbiddenRule> = {
  id: 'forbidden',
  order: 6,
  title: 'Functions that paths must not run',
  members: { forbidden: functionNames('A function that must not run, or several.'), before },
  isAboutPaths: true,
  *judge(rule, { subject, paths }) {
    const names = listed(rule.forbidden);
    yield* strangeFunctions(names, paths);
    yield* strangePlaces([rule.before], paths);
    for (const path of paths) {
      const limit = rule.before === undefined ? Number.POSITIVE_INFINITY : momentOf(path, rule.before);
      const end = rule.before === undefined ? '' : ` before ${rule.before}`;
      for (const name of names) {
        const instruction = firstOf(path, name);
        if (instruction === undefined) {
          if (
            limit !== Number.POSITIVE_INFINITY ||
            isWhole(path) ||
            rowsOf(path.recording, name).length === 0
          )
            continue;
          yield {
            path,
            function: name,
            notKnown: true,
            message: `${name} did not run until the boot ended. ${path.recording.reason}`,
          };
        } else if (limit === undefined || instruction < limit) {
          yield {
            path,
            function: name,
            instruction,
            message: `${name} must not run${end} and does.`,
            other: who(
              subject.paths.filter((other) => firstOf(other, name) === undefined),
              'does without it',
              'do without it',
            ),
          };
        }
      }
    }
  },
};
