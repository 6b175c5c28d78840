import {
  type Constraints,
  constraints,
  type FunctionNames,
  functionNames,
  placesIn,
  unkept,
} from '../constraints.js';
import { firstOf } from '../known-functions.js';
import { who } from '../paths.js';
import { listed } from '../rule-base.js';
import { strangeFunctions, strangePlaces } from '../strangers.js';
import type { Kind } from './kind.js';

export interface SupportedRule extends Constraints {
  /** Functions that may be entered on the paths that the rule is about, and on no others. */
  readonly supported: FunctionNames;
}

export const supported: Kind<SupportedRule> = {
  id: 'supported',
  order: 5,
  title: 'Functions that these paths may run, and no others',
  members: {
    supported: functionNames('A function that these paths alone may run, or several.'),
    ...constraints,
  },
  isAboutPaths: false,
  *judge(rule, { subject, paths, others }) {
    const names = listed(rule.supported);
    yield* strangeFunctions(names, subject.paths);
    yield* strangePlaces(placesIn(rule), subject.paths);
    for (const name of names) {
      for (const path of others) {
        const instruction = firstOf(path, name);
        if (instruction === undefined) continue;
        yield {
          path,
          function: name,
          instruction,
          message: `${name} is not supported on this path and runs.`,
          other: who(
            paths.filter((other) => firstOf(other, name) !== undefined),
            'may and does',
            'may and do',
          ),
        };
      }
      for (const path of paths) if (firstOf(path, name) !== undefined) yield* unkept(name, rule, path);
    }
  },
};
