import { oneOf } from '../../core/similar.js';
import { detectors } from '../detectors/detectors.js';
import type { Contract, ExpectedFinding } from './contract.js';
import { kinds } from './kinds/kinds.js';
import { baseMembers, severities } from './rule-base.js';
import {
  listOf,
  Misshapen,
  membersOf,
  nameOf,
  object,
  oneOrMore,
  type Shape,
  text,
  type Where,
} from './shape.js';

const version: Shape = {
  schema: { const: 1, description: 'Of this format.' },
  check(value, where) {
    if (value !== 1)
      throw new Misshapen(`'${String(value)}' is no version of the format`, where, 'the version is 1');
  },
};

const expected = object(
  {
    rule: text('The detector, rule on images or rule of this contract.'),
    entry: text('The path, as the finding says it; default: any.'),
    function: text('The function, as the finding says it; default: any.'),
    because: text('Why it is by design.'),
  } satisfies Record<keyof ExpectedFinding, Shape>,
  ['rule', 'because'],
  'A finding that is by design.',
);

/** Each kind's rules, by the key that makes them one of it. */
const shapes: ReadonlyMap<string, Shape> = new Map(
  kinds.map(({ id, title, members, required = [], someOf }) => [
    id,
    object({ ...baseMembers, ...members }, ['name', id, ...required], `${title}.`, someOf),
  ]),
);

const rule: Shape = {
  schema: { type: 'object', anyOf: [...shapes.values()].map(({ schema }) => schema) },
  check(value, where) {
    const found = Object.keys(membersOf(value, where)).filter((key) => shapes.has(key));
    if (found.length > 1) {
      throw new Misshapen(
        `'${found[1]}' in a rule that is '${found[0]}' already`,
        [...where, found[1]!],
        'make two rules of it',
        true,
      );
    }
    if (found.length === 0) throw noKind(value, where);
    shapes.get(found[0]!)!.check(value, where);
  },
};

function noKind(value: unknown, where: Where): Misshapen {
  const all = [...shapes.keys()];
  const known = new Set([
    ...Object.keys(baseMembers),
    ...kinds.flatMap(({ members }) => Object.keys(members)),
  ]);
  const unknown = Object.keys(membersOf(value, where)).find((key) => !known.has(key));
  if (unknown === undefined)
    return new Misshapen('the rule says nothing', where, `it needs one of: ${all.join(', ')}`);
  const hint = oneOf(unknown, 'kinds of rules', all);
  return new Misshapen(`unknown key '${unknown}'`, [...where, unknown], hint, true);
}

/** What a contract must be. */
export const contractShape = object(
  {
    $schema: text('The schema, by which an editor completes.'),
    version,
    comment: text('What the contract is for.'),
    against: oneOrMore(
      text('An image, or recordings of one, that growth is measured against; a path from the file on.'),
    ),
    rules: listOf(rule, 'What must hold.'),
    detectors: object(
      Object.fromEntries(
        detectors.map(({ id, title }) => [id, nameOf(['off', ...severities], 'ways', `${title}.`)]),
      ),
      [],
      'Detectors that are turned off, or whose findings are of this severity.',
    ),
    expect: listOf(expected, 'Findings that are by design: they become notes.'),
  } satisfies Record<keyof Contract, Shape>,
  ['version'],
  'What the boot paths of a kernel must, may and must not do.',
);
