import { oneOf } from '../../core/similar.js';

/** Where in a contract something stands: keys and indices from its top. */
export type Where = readonly (string | number)[];

/** A part of a contract that is not as it must be. */
export class Misshapen extends Error {
  constructor(
    message: string,
    readonly where: Where,
    readonly hint?: string,
    /** It is the last key itself, not its value. */
    readonly isKey = false,
  ) {
    super(message);
  }
}

/** A JSON schema, or a part of one. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** What a value must be: as JSON schema for an editor, and as a check, which throws `Misshapen`. */
export interface Shape {
  readonly schema: JsonSchema;
  check(value: unknown, where: Where): void;
}

/** Members of an object, by name. */
export type Members = Readonly<Record<string, Shape>>;

export const text = (description: string, isGood?: (value: string, where: Where) => void): Shape => ({
  schema: { type: 'string', minLength: 1, description },
  check(value, where) {
    if (typeof value !== 'string' || value === '')
      throw new Misshapen(`${said(value)} where a text is expected`, where, description);
    isGood?.(value, where);
  },
});

/** One of a list of names; `what`: what they are, in the plural. */
export const nameOf = (names: readonly string[], what: string, description: string): Shape => ({
  schema: { enum: names, description },
  check(value, where) {
    if (names.includes(value as string)) return;
    const hint = oneOf(String(value), what, names);
    throw new Misshapen(`${said(value)} is none of the ${what}`, where, hint);
  },
});

/** As a pattern has it; `example` is one. */
export const matching = (pattern: RegExp, example: string, description: string): Shape => ({
  schema: { type: 'string', pattern: pattern.source, description },
  check(value, where) {
    if (typeof value !== 'string' || !pattern.test(value))
      throw new Misshapen(`${said(value)} where something like ${example} is expected`, where, description);
  },
});

export const whole = (description: string, least = 0): Shape => ({
  schema: { type: 'integer', minimum: least, description },
  check(value, where) {
    if (!Number.isSafeInteger(value) || (value as number) < least)
      throw new Misshapen(`${said(value)} where a whole number from ${least} on is expected`, where);
  },
});

/** One, or a list with at least one. */
export const oneOrMore = (item: Shape): Shape => {
  const { description, ...schema } = item.schema;
  return {
    schema: { anyOf: [schema, { type: 'array', minItems: 1, items: schema }], description },
    check(value, where) {
      if (!Array.isArray(value)) return item.check(value, where);
      if (value.length === 0) throw new Misshapen('an empty list', where, 'name at least one');
      for (const [i, each] of value.entries()) item.check(each, [...where, i]);
    },
  };
};

export const listOf = (item: Shape, description: string): Shape => ({
  schema: { type: 'array', items: item.schema, description },
  check(value, where) {
    if (!Array.isArray(value)) throw new Misshapen(`${said(value)} where a list is expected`, where);
    for (const [i, each] of value.entries()) item.check(each, [...where, i]);
  },
});

/** The first where `isFirst` says so, else the second. */
export const either = (
  first: Shape,
  second: Shape,
  isFirst: (value: unknown) => boolean,
  description: string,
): Shape => ({
  schema: { anyOf: [first.schema, second.schema], description },
  check: (value, where) => (isFirst(value) ? first : second).check(value, where),
});

/** An object with these members and no others; of those of `someOf` there must be one at least. */
export function object(
  members: Members,
  required: readonly string[],
  description: string,
  someOf: readonly string[] = [],
): Shape {
  return {
    schema: {
      type: 'object',
      description,
      properties: Object.fromEntries(Object.entries(members).map(([name, { schema }]) => [name, schema])),
      required,
      ...(someOf.length > 0 ? { anyOf: someOf.map((name) => ({ required: [name] })) } : {}),
      additionalProperties: false,
    },
    check(value, where) {
      const given = membersOf(value, where);
      for (const name of Object.keys(given)) {
        if (Object.hasOwn(members, name)) continue;
        const hint = oneOf(name, 'keys here', Object.keys(members));
        throw new Misshapen(`unknown key '${name}'`, [...where, name], hint, true);
      }
      const missing = required.find((name) => given[name] === undefined);
      if (missing !== undefined)
        throw new Misshapen(`'${missing}' is missing`, where, hintOf(members[missing]!));
      if (someOf.length > 0 && someOf.every((name) => given[name] === undefined))
        throw new Misshapen(`one of ${someOf.map((name) => `'${name}'`).join(', ')} is missing`, where);
      for (const [name, each] of Object.entries(given))
        if (each !== undefined) members[name]!.check(each, [...where, name]);
    },
  };
}

/** The members of an object, whatever they are. */
export function membersOf(value: unknown, where: Where): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Misshapen(`${said(value)} where keys with values are expected`, where);
  return value as Readonly<Record<string, unknown>>;
}

const hintOf = ({ schema }: Shape): string | undefined => schema.description as string | undefined;

function said(value: unknown): string {
  if (value === undefined || value === null) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'an object' : `'${String(value)}'`;
}

/** A shape whose schema is a part of its own, by name. */
export const part = (name: string, { schema: { description }, check }: Shape): Shape => ({
  schema: { $ref: `#/$defs/${name}`, description },
  check,
});
