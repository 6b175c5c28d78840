/** One way in which places differ, such as the type of hypervisor; its values are numbers below 32. */
export interface Axis {
  readonly name: string;
  readonly values: Readonly<Record<string, number>>;
}

/** What an item says about one axis: masks with bit n for value n. What stands in none of them is unsupported. */
export interface Applicability {
  /** Must run there. */
  readonly require?: number;
  /** Can run there; `require` implies it. */
  readonly support?: number;
  /** Must not run there, whatever `support` says. */
  readonly forbid?: number;
}

/** How an item stands at one place. */
export type Standing = 'required' | 'supported' | 'unsupported' | 'forbidden';

/** Every value of an axis, those included that have no name yet. */
export const ALL = 0xffffffff;
const VALUES = 32;

/** The mask of values by name. */
export function maskOf<N extends string>(
  { values }: { readonly values: Readonly<Record<N, number>> },
  names: readonly N[] | 'all' = [],
): number {
  if (names === 'all') return ALL;
  return names.reduce((mask, name) => mask | (1 << values[name]), 0) >>> 0;
}

/** Names of the values in a mask; numbers where they have none. */
function namesOf({ values }: Axis, mask: number): string[] {
  const names = new Map(Object.entries(values).map(([name, value]) => [value, name]));
  return bitsOf(mask).map((value) => names.get(value) ?? String(value));
}

/**
 * How an item stands where each axis has the given value. Forbidden on one axis is forbidden; unsupported on one axis is
 * unsupported; of what is left, required on one axis is required.
 */
export function standing(where: readonly Applicability[], place: readonly number[]): Standing {
  const holds = (mask: (one: Applicability) => number) =>
    where.map((one, axis) => {
      const value = place[axis]!;
      return value < VALUES && ((mask(one) >>> value) & 1) === 1;
    });
  if (holds(({ forbid = 0 }) => forbid).includes(true)) return 'forbidden';
  if (holds(allowed).includes(false)) return 'unsupported';
  return holds(({ require = 0 }) => require).includes(true) ? 'required' : 'supported';
}

/** A set of places: bit (a × 32 + b) stands for value a on the first of two axes and b on the second, and so on. */
export type Region = bigint;

/** Where an item may run. */
export function permittedRegion(where: readonly Applicability[]): Region {
  return product(where.map((one) => (allowed(one) & ~(one.forbid ?? 0)) >>> 0));
}

/** Where an item must run. */
export function requiredRegion(where: readonly Applicability[]): Region {
  return union(where, ({ require = 0 }) => require) & permittedRegion(where);
}

/** Where an item must not run. */
export function forbiddenRegion(where: readonly Applicability[]): Region {
  return union(where, ({ forbid = 0 }) => forbid);
}

/** A region in words: "hypervisor xen, kvm and hardware subarch PC"; axes on which it holds everywhere are left out. */
export function describeRegion(region: Region, axes: readonly Axis[]): string {
  const parts = axes.flatMap((axis, index) => {
    const mask = Array.from({ length: VALUES }, (_, value) => value)
      .filter((value) => region & product(axes.map((_, other) => (other === index ? 1 << value : ALL))))
      .reduce((all, value) => (all | (1 << value)) >>> 0, 0);
    return mask === ALL ? [] : [`${axis.name} ${describeMask(axis, mask)}`];
  });
  return parts.length > 0 ? parts.join(' with ') : `every ${axes.map(({ name }) => name).join(' and ')}`;
}

/** The values of a mask in words, unnamed ones left out where there are named ones; "all" for all. */
export function describeMask(axis: Axis, mask: number): string {
  if (mask === ALL) return 'all';
  const named = Object.values(axis.values).reduce((all, value) => (all | (1 << value)) >>> 0, 0);
  return namesOf(axis, mask & named ? mask & named : mask).join(', ') || 'none';
}

/** What an item's declaration lacks or contradicts, as "<what> on <axis>". */
export function applicabilityProblems(
  where: readonly Applicability[] | undefined,
  axes: readonly Axis[],
): string[] {
  return axes.flatMap((axis, index) => {
    const one = where?.[index] ?? {};
    const both = ((one.require ?? 0) & (one.forbid ?? 0)) >>> 0;
    if (both) return [`requires and forbids ${axis.name} ${describeMask(axis, both)}`];
    if (allowed(one) === 0) return [`declares no ${axis.name} that requires or supports it`];
    if ((allowed(one) & ~(one.forbid ?? 0)) >>> 0 === 0) {
      return [`forbids every ${axis.name} that it supports`];
    }
    return [];
  });
}

const allowed = ({ require = 0, support = 0 }: Applicability): number => (require | support) >>> 0;

function bitsOf(mask: number): number[] {
  return Array.from({ length: VALUES }, (_, value) => value).filter((value) => (mask >>> value) & 1);
}

function product([first, ...rest]: readonly number[]): Region {
  if (first === undefined) return 1n;
  const inner = product(rest);
  const size = BigInt(VALUES ** rest.length);
  return bitsOf(first).reduce((region, value) => region | (inner << (BigInt(value) * size)), 0n);
}

/** Everywhere that one axis has a value in its mask, whatever the others have. */
function union(where: readonly Applicability[], mask: (one: Applicability) => number): Region {
  return where.reduce(
    (region, one, index) => region | product(where.map((_, other) => (other === index ? mask(one) : ALL))),
    0n,
  );
}
