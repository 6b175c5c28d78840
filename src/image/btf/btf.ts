import type { Bytes } from '../../core/bytes.js';
import { type Enumerator, enumerators, statesSigns } from './enumeration.js';
import { type Header, Kind, type KindName, readHeader } from './format.js';
import { type Field, fieldAt, type Layout, layoutOf } from './layout.js';
import { type NamedKind, NameIndex } from './name-index.js';
import { isComposite, sizeOf, strip } from './resolve.js';
import { declare } from './spelling.js';
import { TypeTable } from './table.js';
import { type SectionVariable, sectionVariables } from './variables.js';

/** An attribute that a DECL_TAG puts on a type, function or variable. */
export interface DeclarationTag {
  readonly text: string;
  /** Index of the member or parameter it applies to; -1 for the declaration itself. */
  readonly component: number;
}

/** Kinds tried for a name without a keyword, in this order. */
const PLAIN_NAMES: readonly NamedKind[] = ['struct', 'union', 'typedef'];

/** Kinds whose record names one other type. */
const REFERRING: ReadonlySet<number> = new Set([
  Kind.ptr,
  Kind.typedef,
  Kind.volatile,
  Kind.const,
  Kind.restrict,
  Kind.func,
  Kind.func_proto,
  Kind.var,
  Kind.decl_tag,
  Kind.type_tag,
]);

/**
 * The types of one image. Decoded on request: opening it steps over the records once, and the index of names
 * is built at the first look-up. Types go by id, 1 to `count`; 0 is void.
 *
 * Methods return undefined for what the image does not have, and throw ImageError where its types are damaged.
 */
export class Btf {
  /** Number of types. */
  readonly count: number;
  /** Offset of the BTF data in the file. */
  readonly offset: number;
  /** Length of the BTF data in bytes. */
  readonly length: number;
  /** Why types after `count` could not be read, in a sentence. */
  readonly problem?: string;
  readonly #table: TypeTable;
  #names?: NameIndex;
  #flagged?: boolean;
  #pointerSize?: number;
  #tags?: Map<number, DeclarationTag[]>;

  /** Reads the BTF at `offset` of `bytes`. Throws ImageError when its header is damaged. */
  constructor(bytes: Bytes, offset = 0, header: Header = readHeader(bytes, offset)) {
    this.offset = bytes.base + offset;
    this.#table = new TypeTable(bytes, offset, header);
    this.count = this.#table.count;
    this.length = header.length;
    this.problem = this.#table.problem;
  }

  /** Bytes of a pointer, by the size of `long`; 8 where the types do not tell. */
  get pointerSize(): number {
    if (this.#pointerSize === undefined) {
      const long = ['long unsigned int', 'long int', 'unsigned long', 'long'].map((name) =>
        this.find('int', name),
      );
      const id = long.find((found) => found !== undefined);
      this.#pointerSize = id !== undefined && this.#table.statedSize(id) === 4 ? 4 : 8;
    }
    return this.#pointerSize;
  }

  /** Kind of a type; undefined for one that is newer than this reader. */
  kind(id: number): KindName | undefined {
    return this.#table.kindName(id);
  }

  /** Name of a type; '' for an anonymous one. */
  name(id: number): string {
    return this.#table.name(id);
  }

  /** Ids of all types of one kind, in order. */
  *ids(kind: KindName): Generator<number> {
    for (let id = 1; id <= this.count; id++) if (this.#table.kind(id) === Kind[kind]) yield id;
  }

  /** The id of the first type of that kind and name. */
  find(kind: NamedKind, name: string): number | undefined {
    for (const id of this.#index.find(kind, name)) return id;
    return undefined;
  }

  /** Ids of all types of that kind and name: a kernel can have several, each local to some files. */
  findAll(kind: NamedKind, name: string): number[] {
    return [...this.#index.find(kind, name)];
  }

  get #index(): NameIndex {
    return (this.#names ??= new NameIndex(this.#table));
  }

  /** The type that a typedef, qualifier, tag, pointer, function or variable refers to; undefined for other kinds. */
  target(id: number): number | undefined {
    return REFERRING.has(this.#table.kind(id)) ? this.#table.target(id) : undefined;
  }

  /** The type behind typedefs, qualifiers and type tags. */
  strip(id: number): number {
    return strip(this.#table, id);
  }

  /** Size of a type in bytes; 0 for void, functions and types that are only declared. */
  sizeOf(id: number): number {
    return sizeOf(this.#table, id, this.pointerSize);
  }

  /** A declaration in C of `declarator` with that type; without one the bare type. Not ended with a semicolon. */
  declare(id: number, declarator = ''): string {
    return declare(this.#table, id, declarator);
  }

  /**
   * The layout of a structure or union, by id or by name: `boot_params`, `union thread_union`, or a typedef of one.
   * With `flatten`, the members of structures inside take their place, with dotted names; arrays stay whole.
   */
  layout(type: string | number, options: { flatten?: boolean } = {}): Layout | undefined {
    const id = this.#composite(type);
    return id === undefined
      ? undefined
      : layoutOf(this.#table, id, this.pointerSize, options.flatten ?? false);
  }

  /** The member that a path names, as C would: `mmu.set_pte`, `e820_table[3].addr`; offsets count from `type`. */
  field(type: string | number, path: string): Field | undefined {
    const id = this.#composite(type);
    return id === undefined ? undefined : fieldAt(this.#table, id, path, this.pointerSize);
  }

  /** Byte offset of the member that a path names. */
  offsetOf(type: string | number, path: string): number | undefined {
    return this.field(type, path)?.offset;
  }

  #composite(type: string | number): number | undefined {
    const id = typeof type === 'number' ? type : this.#named(type);
    if (id === undefined) return undefined;
    const behind = strip(this.#table, id);
    return isComposite(this.#table, behind) ? behind : undefined;
  }

  #named(text: string): number | undefined {
    const [, keyword, name] = /^(?:(struct|union)\s+)?(.*)$/s.exec(text)!;
    const kinds = keyword ? [keyword as NamedKind] : PLAIN_NAMES;
    for (const kind of kinds) {
      const id = this.find(kind, name!);
      if (id !== undefined) return id;
    }
    return undefined;
  }

  /** The prototype of a function in C: `void start_kernel(void)`. */
  prototype(name: string): string | undefined {
    const id = this.find('func', name);
    return id === undefined ? undefined : declare(this.#table, id);
  }

  /** The names and values of an enumeration, by id or name. */
  enumerators(type: string | number): Enumerator[] | undefined {
    const id =
      typeof type === 'number' ? strip(this.#table, type) : this.find('enum', type.replace(/^enum\s+/, ''));
    if (id === undefined) return undefined;
    const kind = this.#table.kind(id);
    if (kind !== Kind.enum && kind !== Kind.enum64) return undefined;
    this.#flagged ??= statesSigns(this.#table);
    return enumerators(this.#table, id, this.#flagged);
  }

  /** The variables of a section, e.g. `.data..percpu`. */
  section(name: string): SectionVariable[] | undefined {
    const id = this.find('datasec', name);
    return id === undefined ? undefined : sectionVariables(this.#table, id);
  }

  /** The type of a variable. */
  variable(name: string): { id: number; typeId: number; type: string } | undefined {
    const id = this.find('var', name);
    if (id === undefined) return undefined;
    const typeId = this.#table.target(id);
    return { id, typeId, type: declare(this.#table, typeId) };
  }

  /** The attributes put on a type, function or variable, e.g. `bpf_kfunc`. */
  tags(id: number): readonly DeclarationTag[] {
    this.#tags ??= this.#readTags();
    return this.#tags.get(id) ?? [];
  }

  #readTags(): Map<number, DeclarationTag[]> {
    const table = this.#table;
    const all = new Map<number, DeclarationTag[]>();
    for (const id of this.ids('decl_tag')) {
      const tag = { text: table.name(id), component: table.words[table.data(id)]! | 0 };
      const owner = table.target(id);
      const list = all.get(owner);
      if (list) list.push(tag);
      else all.set(owner, [tag]);
    }
    return all;
  }
}
