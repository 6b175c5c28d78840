import {
  type Constraints,
  constraints,
  deadline,
  type FunctionNames,
  functionNames,
  placesIn,
  unkept,
} from '../constraints.js';
import { firstOf, rowsOf } from '../known-functions.js';
import { who } from '../paths.js';
import { listed } from '../rule-base.js';
import { absentFunctions, strangePlaces } from '../strangers.js';
import type { Kind } from './kind.js';

export interface RequiredRule extends Constraints {
  /** Functions that must be entered on every path that the rule is about. */
  readonly required: FunctionNames;
}

export const required: Kind<RequiredRule> = {
  id: 'required',
  order: 4,
  title: 'Functions that every path must run',
  members: { required: functionNames('A function that every path must run, or several.'), ...constraints },
  isAboutPaths: true,
  *judge(rule, { subject, paths }) {
    const names = listed(rule.required);
    yield* absentFunctions(names, 'must run', paths);
    yield* strangePlaces(placesIn(rule), paths);
    for (const path of paths) {
      for (const name of names) {
        if (rowsOf(path.recording, name).length === 0) continue;
        if (firstOf(path, name) !== undefined) {
          yield* unkept(name, rule, path);
          continue;
        }
        const end = deadline(rule, path);
        if (end === undefined) {
          const { reason } = path.recording;
          yield {
            path,
            function: name,
            notKnown: true,
            message: `${name} did not run until the boot ended. ${reason}`,
          };
          continue;
        }
        yield {
          path,
          function: name,
          message: `${name} must run${end && ` ${end}`} and does not.`,
          other: who(
            subject.paths.filter((other) => firstOf(other, name) !== undefined),
            'runs it',
            'run it',
          ),
        };
      }
    }
  },
};
