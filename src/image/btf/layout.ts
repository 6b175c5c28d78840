import { Kind } from './format.js';
import { Budget, element, isComposite, sizeOf, strip } from './resolve.js';
import { declare } from './spelling.js';
import type { TypeTable } from './table.js';

/** Members of a structure or union, in order of declaration. */
export interface Members {
  readonly kind: 'struct' | 'union';
  readonly fields: readonly Field[];
}

/** One member of a structure or union. */
export interface Field {
  /** '' for an anonymous member; dotted from the outermost structure where the layout was flattened. */
  readonly name: string;
  /** Bytes from the start of the outermost structure; for a bit-field, of the storage unit of its type. */
  readonly offset: number;
  /** Bit-fields only: first bit within the storage unit, counted in the byte order of the image. */
  readonly bitOffset?: number;
  /** Bit-fields only: width in bits. */
  readonly bitSize?: number;
  /** Its type in C, without the name: `struct list_head *`, `__u8[4]`, `void (*)(int)`. */
  readonly type: string;
  readonly typeId: number;
  /** Bytes of its type; 0 for a flexible array. */
  readonly size: number;
  /** What a structure or union declared in place (without a name of its own) holds; for an array of them, element 0. */
  readonly inPlace?: Members;
}

/** A structure or union as it lies in memory. */
export interface Layout extends Members {
  /** '' for an anonymous one. */
  readonly name: string;
  readonly id: number;
  /** Size in bytes. */
  readonly size: number;
}

/** Members one layout may have once flattened; task_struct has under two thousand. */
const FIELD_LIMIT = 65_536;

/** Layout of the structure or union `id`, which must be one. Throws ImageError for damaged types. */
export function layoutOf(table: TypeTable, id: number, pointerSize: number, flatten: boolean): Layout {
  const budget = new Budget(FIELD_LIMIT, `the layout of type ${id}`);
  const fields = flatten
    ? flattened(table, id, 0, '', pointerSize, budget, 0)
    : nested(table, id, 0, pointerSize, budget, 0);
  return { kind: compositeKind(table, id), name: table.name(id), id, size: table.statedSize(id), fields };
}

function compositeKind(table: TypeTable, id: number): 'struct' | 'union' {
  return table.kind(id) === Kind.struct ? 'struct' : 'union';
}

/** Structures inside structures; a structure cannot contain itself, so only damaged types go deeper. */
const NESTING_LIMIT = 64;

function nested(
  table: TypeTable,
  id: number,
  base: number,
  pointerSize: number,
  budget: Budget,
  depth: number,
): Field[] {
  return members(table, id, base, pointerSize, budget).map((field) => {
    const inside = element(table, field.typeId);
    if (!isComposite(table, inside) || table.name(inside) !== '' || isNamedByTypedef(table, field.typeId))
      return field;
    if (depth >= NESTING_LIMIT) new Budget(0, `the nesting of type ${id}`).spend();
    const fields = nested(table, inside, field.offset, pointerSize, budget, depth + 1);
    return { ...field, inPlace: { kind: compositeKind(table, inside), fields } };
  });
}

/** True when a typedef gives the type a name on the way down: `typedef struct { … } atomic_t`. */
function isNamedByTypedef(table: TypeTable, id: number): boolean {
  // strip() and element() have followed this chain already, so it ends.
  for (let at = id; ; ) {
    const kind = table.kind(at);
    if (kind === Kind.typedef) return true;
    if (kind === Kind.array) at = table.words[table.data(at)]!;
    else if (kind === Kind.struct || kind === Kind.union) return false;
    else at = table.target(at);
  }
}

function flattened(
  table: TypeTable,
  id: number,
  base: number,
  prefix: string,
  pointerSize: number,
  budget: Budget,
  depth: number,
): Field[] {
  if (depth >= NESTING_LIMIT) new Budget(0, `the nesting of type ${id}`).spend();
  const all: Field[] = [];
  for (const field of members(table, id, base, pointerSize, budget)) {
    const name = field.name === '' ? prefix : `${prefix}${field.name}`;
    const inside = strip(table, field.typeId);
    if (isComposite(table, inside) && table.elements(inside) > 0) {
      const within = field.name === '' ? prefix : `${name}.`;
      all.push(...flattened(table, inside, field.offset, within, pointerSize, budget, depth + 1));
    } else if (field.name !== '') {
      all.push({ ...field, name });
    }
  }
  return all;
}

/** The members as declared, their offsets counted from `base` bytes. */
function members(table: TypeTable, id: number, base: number, pointerSize: number, budget: Budget): Field[] {
  const count = table.elements(id);
  const all: Field[] = [];
  for (let i = 0; i < count; i++) {
    budget.spend();
    all.push(member(table, id, i, base, pointerSize));
  }
  return all;
}

function member(table: TypeTable, id: number, index: number, base: number, pointerSize: number): Field {
  const { words } = table;
  const at = table.data(id) + index * 3;
  const typeId = words[at + 1]!;
  const place = words[at + 2]!;
  const size = sizeOf(table, typeId, pointerSize);
  const common = { name: table.string(words[at]!), type: declare(table, typeId), typeId, size };
  const bits = bitField(table, id, typeId, place);
  if (!bits) return { ...common, offset: base + (table.flag(id) ? place & 0xffffff : place) / 8 };
  // The storage unit is aligned to its own size; a packed field that crosses a unit starts at its byte.
  const unit = Math.max(1, size) * 8;
  let start = Math.floor(bits.offset / unit) * unit;
  if (bits.offset + bits.size > start + unit) start = bits.offset & ~7;
  return { ...common, offset: base + start / 8, bitOffset: bits.offset - start, bitSize: bits.size };
}

/** Bit offset within the structure and width, where the member is a bit-field. */
function bitField(
  table: TypeTable,
  id: number,
  typeId: number,
  place: number,
): { offset: number; size: number } | undefined {
  if (table.flag(id)) {
    const size = place >>> 24;
    return size === 0 ? undefined : { offset: place & 0xffffff, size };
  }
  // Before kind_flag (Linux 5.0) a bit-field was a member with an integer type of odd width.
  const type = strip(table, typeId);
  if (table.kind(type) !== Kind.int) return undefined;
  const encoding = table.words[table.data(type)]!;
  const size = encoding & 0xff;
  const shift = (encoding >>> 16) & 0xff;
  if (shift === 0 && place % 8 === 0 && (size === 0 || size === table.statedSize(type) * 8)) return undefined;
  return { offset: place + shift, size };
}

/**
 * The member a path names, as C would: `hdr.setup_sects`, `e820_table[3].addr`, through anonymous members.
 * Offsets count from the start of `id`. Undefined where there is no such member.
 */
export function fieldAt(table: TypeTable, id: number, path: string, pointerSize: number): Field | undefined {
  const budget = new Budget(FIELD_LIMIT, `the search for ${path}`);
  let owner = id;
  let base = 0;
  let field: Field | undefined;
  for (const step of path.split('.')) {
    const [, name, indexes] = /^([^[\]]+)((?:\[\d+\])*)$/.exec(step) ?? [];
    if (name === undefined || !isComposite(table, owner)) return undefined;
    field = memberNamed(table, owner, name, base, pointerSize, budget, 0);
    if (!field) return undefined;
    for (const [, index] of indexes!.matchAll(/\[(\d+)\]/g)) {
      field = arrayElement(table, field, Number(index), pointerSize);
      if (!field) return undefined;
    }
    owner = strip(table, field.typeId);
    base = field.offset;
  }
  return field && { ...field, name: path };
}

function memberNamed(
  table: TypeTable,
  id: number,
  name: string,
  base: number,
  pointerSize: number,
  budget: Budget,
  depth: number,
): Field | undefined {
  if (depth >= NESTING_LIMIT) new Budget(0, `the nesting of type ${id}`).spend();
  const { words } = table;
  const count = table.elements(id);
  for (let i = 0, at = table.data(id); i < count; i++, at += 3) {
    budget.spend();
    if (words[at] !== 0) {
      if (table.string(words[at]!) === name) return member(table, id, i, base, pointerSize);
      continue;
    }
    const inside = strip(table, words[at + 1]!);
    if (!isComposite(table, inside)) continue;
    const { offset } = member(table, id, i, base, pointerSize);
    const found = memberNamed(table, inside, name, offset, pointerSize, budget, depth + 1);
    if (found) return found;
  }
  return undefined;
}

function arrayElement(table: TypeTable, field: Field, index: number, pointerSize: number): Field | undefined {
  const array = strip(table, field.typeId);
  if (table.kind(array) !== Kind.array) return undefined;
  const data = table.data(array);
  const typeId = table.words[data]!;
  const length = table.words[data + 2]!;
  // A flexible array states no length.
  if (length !== 0 && index >= length) return undefined;
  const size = sizeOf(table, typeId, pointerSize);
  return { ...field, typeId, type: declare(table, typeId), offset: field.offset + index * size, size };
}
