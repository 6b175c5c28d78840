import { ImageError } from '../../core/errors.js';
import { Kind } from './format.js';
import type { TypeTable } from './table.js';

/** Longest chain of typedefs, qualifiers, pointers and arrays that is followed; the kernel's own verifier stops at 32. */
const DEPTH_LIMIT = 64;

/** A count of steps that throws when it is used up: cycles and types that multiply end there. */
export class Budget {
  #left: number;

  constructor(
    steps: number,
    readonly what: string,
  ) {
    this.#left = steps;
  }

  spend(): void {
    if (this.#left-- <= 0) {
      throw new ImageError(
        `BTF: ${this.what} does not end`,
        undefined,
        'its types refer to themselves: the BTF is damaged',
      );
    }
  }
}

const isModifier = (kind: number): boolean =>
  kind === Kind.typedef ||
  kind === Kind.const ||
  kind === Kind.volatile ||
  kind === Kind.restrict ||
  kind === Kind.type_tag;

/** The type behind typedefs, qualifiers and type tags. */
export function strip(table: TypeTable, id: number): number {
  const budget = new Budget(DEPTH_LIMIT, `type ${id}`);
  let at = id;
  while (isModifier(table.kind(at))) {
    budget.spend();
    at = table.target(at);
  }
  return at;
}

/** The type behind modifiers and arrays: what one element at the bottom is. */
export function element(table: TypeTable, id: number): number {
  const budget = new Budget(DEPTH_LIMIT, `type ${id}`);
  let at = strip(table, id);
  while (table.kind(at) === Kind.array) {
    budget.spend();
    at = strip(table, table.words[table.data(at)]!);
  }
  return at;
}

export function isComposite(table: TypeTable, id: number): boolean {
  const kind = table.kind(id);
  return kind === Kind.struct || kind === Kind.union;
}

/** Size in bytes; 0 for void, functions and types that are only declared. */
export function sizeOf(table: TypeTable, id: number, pointerSize: number): number {
  const budget = new Budget(DEPTH_LIMIT, `type ${id}`);
  let factor = 1;
  for (let at = strip(table, id); ; ) {
    budget.spend();
    switch (table.kind(at)) {
      case Kind.int:
      case Kind.struct:
      case Kind.union:
      case Kind.enum:
      case Kind.enum64:
      case Kind.float:
      case Kind.datasec:
        return factor * table.statedSize(at);
      case Kind.ptr:
        return factor * pointerSize;
      case Kind.var:
        at = strip(table, table.target(at));
        break;
      case Kind.array: {
        const data = table.data(at);
        factor *= table.words[data + 2]!;
        if (!Number.isSafeInteger(factor))
          throw new ImageError(`BTF: array type ${id} has no plausible size`);
        at = strip(table, table.words[data]!);
        break;
      }
      default:
        return 0;
    }
  }
}
