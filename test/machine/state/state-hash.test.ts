import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Machine } from '../../../src/machine/machine.js';
import { type ClassFields, classFields, type Field } from './fields.js';
import type * as Open from './machines.js';
import { importOpen, privatePrefix } from './open-classes.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const classes = classFields(root, ['src/machine', 'src/platform'], privatePrefix);

/** Values for fields that are undefined or empty until a guest does something, by class and field. */
const samples: Readonly<Record<string, unknown>> = {
  'PvDomain.tableWrite': { frame: 1, offset: 8, low: 1, high: 0, mapped: 0 },
  'PvDomain.ioBitmap': { address: 0x1000n, ports: 3 },
  'PvDomain.ldt': { base: 0x1000n, entries: 3 },
  'PvDomain.traps': { dpl: 0, masks: false, selector: 0x10, address: 1n << 40n },
  'PvDomain.callbacks': { address: 1n << 40n, masks: true },
  'EventChannels.#bindings': { kind: 'ipi' },
  'StoreRing.#watches': { path: 'a', token: 'b' },
};

type Instance = Record<string, unknown>;
interface Place {
  /** Class and field. */
  readonly name: string;
  readonly field: Field;
  readonly owner: Instance;
}

/** What a device tells the bus of itself. */
const wiring = new Set(['ports', 'mmio']);

/** Fields of a class and of what it extends. */
function allFields(name: string): readonly (readonly [string, Field])[] {
  const own: ClassFields | undefined = classes.get(name);
  if (!own) return [];
  return [...own.fields.map((field) => [name, field] as const), ...(own.base ? allFields(own.base) : [])];
}

/** Every field that is to be saved, of all parts that can be reached from one. */
function places(start: object): Place[] {
  const seen = new Set<object>();
  const found: Place[] = [];
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null || seen.has(value)) return;
    seen.add(value);
    if (Array.isArray(value) || value instanceof Map || value instanceof Set) {
      for (const each of value instanceof Map ? value.values() : value) visit(each);
      return;
    }
    const fields = allFields(value.constructor.name);
    for (const [owner, field] of fields) {
      if (field.unsaved || (field.readonly && wiring.has(field.name))) continue;
      const held = (value as Instance)[field.name];
      found.push({
        name: `${owner}.${field.name.replace(privatePrefix, '#')}`,
        field,
        owner: value as Instance,
      });
      visit(held);
    }
    // An object without a class: the chipset, and what a platform's functions share.
    if (fields.length === 0 && value.constructor === Object)
      for (const each of Object.values(value)) visit(each);
  };
  visit(start);
  return found;
}

/** Ways to change what a field holds, each with the way back; none: it holds no state of its own. */
function changes({ name, field, owner }: Place): { change(): void; restore(): void }[] {
  if (field.readonly && /^readonly |^Readonly/.test(field.type)) return [];
  const before = owner[field.name];
  const sample = samples[name];
  const assign = (value: unknown) => ({
    change: () => void (owner[field.name] = value),
    restore: () => void (owner[field.name] = before),
  });
  if (ArrayBuffer.isView(before) && !(before instanceof DataView)) {
    const values = before as unknown as number[];
    if (values.length === 0 || field.type.includes('Memory')) return [];
    return [0, values.length - 1].map((at) => {
      const old = values[at]!;
      return {
        change: () => void (values[at] = typeof old === 'bigint' ? ((old ^ (1n << 63n)) as never) : old ^ 1),
        restore: () => void (values[at] = old),
      };
    });
  }
  if (before instanceof Map) {
    const key =
      /Map<number/.test(field.type) ||
      /Map<number/.test(name) ||
      [...before.keys()].every((k) => typeof k === 'number')
        ? 4093
        : 'zz';
    const value = sample ?? [...before.values()][0] ?? 7n;
    return [{ change: () => void before.set(key, value), restore: () => void before.delete(key) }];
  }
  if (before instanceof Set)
    return [{ change: () => void before.add(4093), restore: () => void before.delete(4093) }];
  if (Array.isArray(before)) {
    if (
      before.some((each) => typeof each === 'object' && each !== null && classes.has(each.constructor.name))
    )
      return [];
    const old = [...before];
    const value = sample ?? 7;
    return [
      {
        change: () => void (before.length === 256 ? (before[13] = value) : before.push(value)),
        restore: () => void before.splice(0, before.length, ...old),
      },
    ];
  }
  if (field.readonly) {
    // A plain object that is kept for good is changed inside.
    if (typeof before !== 'object' || before === null || before.constructor !== Object) return [];
    return Object.entries(before)
      .filter(([, value]) => typeof value === 'number')
      .map(([key, value]) => ({
        change: () => void ((before as Instance)[key] = (value as number) + 1),
        restore: () => void ((before as Instance)[key] = value),
      }));
  }
  if (sample !== undefined) return [assign(sample)];
  switch (typeof before) {
    case 'number':
      return [assign(before === Number.POSITIVE_INFINITY ? 1 : before + 1)];
    case 'bigint':
      return [assign(before + 1n), assign(BigInt.asUintN(64, before ^ (1n << 63n)))];
    case 'boolean':
      return [assign(!before)];
    case 'string':
      return [assign(`${before}x`)];
    case 'undefined':
      if (/ClockEvent/.test(field.type)) return [assign({ at: 12345, name: '', callback: () => {} })];
      if (/Set</.test(field.type)) return [assign(new Set([3]))];
      return [assign(/bigint/.test(field.type) ? 1n << 63n : /boolean/.test(field.type) ? true : 1)];
    case 'object':
      if (/ClockEvent/.test(field.type)) return [assign({ ...(before as object), at: 12345 })];
      if (before === null || !classes.has(before.constructor.name)) return [assign(undefined)];
      return [];
    default:
      return [assign(undefined)];
  }
}

const kinds = ['pc', 'pc on kvm', 'pc on xen-pv', 'reduced on xen-pvh', 'reduced'] as const;

describe('every field that decides how a machine goes on is in its state hash', () => {
  let open: typeof Open;
  beforeAll(async () => {
    open = await importOpen<typeof Open>(fileURLToPath(new URL('machines.ts', import.meta.url)));
  });

  function machineOf(kind: (typeof kinds)[number]): Machine {
    const [chipset, id] = kind.split(' on ') as ['pc' | 'reduced', string | undefined];
    const definition = open.platforms.find((one) => one.id === id);
    const made = definition?.machine?.({}, 16) ?? { extraMemory: 0, cpu: {} };
    const machine = new open.Machine({
      memory: 16 + made.extraMemory,
      chipset: made.chipset ?? chipset,
      cpu: made.cpu,
      translate: false,
    });
    definition?.attach(machine, 16, { onConsoleByte: () => {} });
    return machine;
  }

  /** What is put where no state of its kind belongs is noticed as well. */
  function notices(machine: Machine, before: string): boolean {
    try {
      return open.stateHash(machine) !== before;
    } catch {
      return true;
    }
  }

  test.each(kinds)('%s', (kind) => {
    const machine = machineOf(kind);
    const all = places(machine);
    expect(all.length).toBeGreaterThan(80);
    const before = open.stateHash(machine);
    const silent = new Set<string>();
    for (const place of all) {
      for (const { change, restore } of changes(place)) {
        change();
        if (!notices(machine, before)) silent.add(place.name);
        restore();
      }
    }
    expect([...silent].sort()).toEqual([]);
    expect(open.stateHash(machine)).toBe(before);
  });
});
