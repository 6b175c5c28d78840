import type { CauseKind } from '../../src/autopsy/cause.js';
import type { BootStop } from '../../src/boot/ending.js';
import type { Verdict } from '../../src/boot/verdict.js';
import { entries } from '../../src/entry/entries.js';
import { platformIds } from '../../src/platform/platform.js';

/** A JSON schema, or a part of one. */
export interface Schema {
  readonly $defs?: Readonly<Record<string, Schema>>;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly [keyword: string]: unknown;
}

/** Schemas by the name of their file without `.schema.json`. */
export type Schemas = Readonly<Record<string, Schema>>;

/** Lists of values that the code has: a union's members are all there, or the compiler says which is not. */
const verdicts: Readonly<Record<Verdict, true>> = {
  userspace: true,
  reached: true,
  expected: true,
  ended: true,
  failed: true,
  'not-offered': true,
  'not-supported': true,
};
const stops: Readonly<Record<BootStop, true>> = {
  waypoint: true,
  budget: true,
  'power-off': true,
  exit: true,
  reset: true,
  shutdown: true,
  'dead-halt': true,
  crash: true,
  killed: true,
  unsupported: true,
  stuck: true,
  'empty-memory': true,
  interrupted: true,
  'time-limit': true,
};
const causes: Readonly<Record<CauseKind, true>> = {
  'triple-fault': true,
  'early-exception': true,
  panic: true,
  halt: true,
  stuck: true,
  'empty-memory': true,
  budget: true,
  'power-off': true,
  exit: true,
  reset: true,
  crash: true,
  killed: true,
  stopped: true,
};

/** Parts that are made from tables of the code. Every schema that refers to one gets it. */
const fromTables: Readonly<Record<string, Schema>> = {
  entryId: { enum: entries.map(({ id }) => id), description: 'Id of an entry.' },
  platformId: { enum: [...platformIds], description: 'What a guest finds underneath.' },
  verdict: { enum: Object.keys(verdicts), description: 'What came of a boot.' },
  bootStop: { enum: Object.keys(stops), description: 'Why a boot went no further.' },
  causeKind: { enum: Object.keys(causes), description: 'In which way a boot ended.' },
};

/** Fields that a boot alone has, and no cell of a matrix. */
const OF_A_BOOT_ALONE: readonly string[] = ['schemaVersion', 'image', 'console'];

/** Parts that a schema has from another one. */
const fromOthers: Readonly<Record<string, (all: Schemas) => Readonly<Record<string, Schema>>>> = {
  boot: ({ autopsy }) => ({ autopsy: asPart(autopsy!), ...autopsy!.$defs }),
  recording: ({ autopsy }) => ({ autopsy: asPart(autopsy!), ...autopsy!.$defs }),
  matrix: ({ boot, autopsy }) => ({
    cell: cell(boot!),
    ...boot!.$defs,
    autopsy: asPart(autopsy!),
    ...autopsy!.$defs,
  }),
};

/** All schemas with the parts they refer to: their own as they are, the shared ones made anew and at the end. */
export function withSharedParts(all: Schemas): Schemas {
  return Object.fromEntries(
    Object.entries(all).map(([name, schema]) => {
      const shared = { ...fromOthers[name]?.(all), ...fromTables };
      const own = Object.entries(schema.$defs ?? {}).filter(([part]) => !Object.hasOwn(shared, part));
      const { $defs: _, ...rest } = schema;
      const parts = new Map(own);
      const needed = [rest, ...parts.values()].flatMap(references);
      for (const part of needed) {
        const definition = shared[part];
        if (parts.has(part) || !definition) continue;
        parts.set(part, definition);
        needed.push(...references(definition));
      }
      return [name, parts.size === 0 ? rest : { ...rest, $defs: Object.fromEntries(parts) }];
    }),
  );
}

/** Names of the parts that it refers to; one may be named more than once. */
export function references(node: unknown): string[] {
  if (typeof node !== 'object' || node === null) return [];
  return Object.entries(node).flatMap(([keyword, value]) =>
    keyword === '$ref' && typeof value === 'string' ? [value.replace('#/$defs/', '')] : references(value),
  );
}

/** A document's schema as a part of another one. */
function asPart({ $schema, $id, title, $defs, ...part }: Schema): Schema {
  return part;
}

/** A cell of a matrix is a boot without what all of them share. Each stands for an entry. */
function cell({ properties = {}, required = [] }: Schema): Schema {
  const kept = (field: string): boolean => !OF_A_BOOT_ALONE.includes(field);
  return {
    type: 'object',
    description: 'What became of one entry of one image.',
    properties: {
      ...Object.fromEntries(Object.entries(properties).filter(([field]) => kept(field))),
      entry: { $ref: '#/$defs/entryId' },
    },
    required: required.filter(kept),
    additionalProperties: false,
  };
}
