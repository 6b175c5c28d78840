import { Kind } from './format.js';
import { Budget } from './resolve.js';
import type { TypeTable } from './table.js';

/** Records one spelling may touch; the longest in a kernel are function pointers that take function pointers. */
const SPELLING_STEPS = 4096;

/**
 * A declaration in C: `declarator` with type `id`, or the bare type where there is no declarator.
 * Types are named, not expanded; those without a name read `struct {...}`. Throws ImageError for endless types.
 */
export function declare(table: TypeTable, id: number, declarator = ''): string {
  return declareWithin(table, id, declarator, new Budget(SPELLING_STEPS, `type ${id}`));
}

/** From the declarator outwards, as C declarators nest. */
function declareWithin(table: TypeTable, id: number, declarator: string, budget: Budget): string {
  let inner = declarator;
  // Qualifiers and tags met on the way belong to whatever comes next: a pointer or the base type.
  let qualifiers: string[] = [];
  let tags: string[] = [];
  const { words } = table;
  for (let at = id; ; ) {
    budget.spend();
    const kind = table.kind(at);
    switch (kind) {
      case Kind.const:
      case Kind.volatile:
      case Kind.restrict: {
        const word = kind === Kind.const ? 'const' : kind === Kind.volatile ? 'volatile' : 'restrict';
        // An array and its elements can both be const, which C says once.
        if (!qualifiers.includes(word)) qualifiers.unshift(word);
        at = table.target(at);
        continue;
      }
      case Kind.type_tag:
        tags.unshift(attribute(table.name(at), table.flag(at) ? undefined : 'btf_type_tag'));
        at = table.target(at);
        continue;
      case Kind.ptr: {
        const own = [...qualifiers, ...tags].join(' ');
        inner = `*${own}${own && /^[\w*]/.test(inner) ? ' ' : ''}${inner}`;
        qualifiers = [];
        tags = [];
        at = table.target(at);
        continue;
      }
      case Kind.array: {
        const data = table.data(at);
        inner = `${enclosed(inner)}[${words[data + 2]}]`;
        at = words[data]!;
        continue;
      }
      case Kind.func_proto:
        inner = `${enclosed(inner)}(${parameters(table, at, budget)})`;
        // GCC's way to say that a function is const or does not return; C has no place for it.
        qualifiers = [];
        tags = [];
        at = table.target(at);
        continue;
      case Kind.func:
      case Kind.var:
        inner ||= table.name(at);
        at = table.target(at);
        continue;
      case Kind.decl_tag:
        at = table.target(at);
        continue;
      default: {
        const base = [...qualifiers, baseName(table, at, kind), ...tags].join(' ');
        return inner === '' || inner.startsWith('[') ? base + inner : `${base} ${inner}`;
      }
    }
  }
}

/** A pointer to an array or function binds tighter than its brackets only inside parentheses. */
function enclosed(inner: string): string {
  return inner.startsWith('*') ? `(${inner})` : inner;
}

function parameters(table: TypeTable, proto: number, budget: Budget): string {
  const { words } = table;
  const count = table.elements(proto);
  if (count === 0) return 'void';
  const list: string[] = [];
  for (let i = 0, at = table.data(proto); i < count; i++, at += 2) {
    const name = words[at]!;
    const type = words[at + 1]!;
    budget.spend();
    // A last parameter without name and type stands for a variable argument list.
    if (name === 0 && type === 0 && i === count - 1) list.push('...');
    else list.push(declareWithin(table, type, table.string(name), budget));
  }
  return list.join(', ');
}

function baseName(table: TypeTable, id: number, kind: number): string {
  const name = id === 0 ? 'void' : table.name(id);
  switch (kind) {
    case Kind.struct:
    case Kind.union:
    case Kind.enum:
    case Kind.enum64:
    case Kind.fwd:
      return `${keyword(table, id, kind)} ${name || '{...}'}`;
    default:
      return name;
  }
}

/** The keyword of a tagged type: struct, union or enum. */
function keyword(table: TypeTable, id: number, kind: number): string {
  if (kind === Kind.fwd) return table.flag(id) ? 'union' : 'struct';
  if (kind === Kind.struct) return 'struct';
  return kind === Kind.union ? 'union' : 'enum';
}

/** `kind_flag` set means that the text is the whole attribute, not the argument of a BTF tag. */
function attribute(text: string, wrapper?: string): string {
  return wrapper ? `__attribute__((${wrapper}("${text}")))` : `__attribute__((${text}))`;
}
