import { didYouMean } from '../core/similar.js';
import type { Btf } from '../image/btf/btf.js';
import type { Field, Layout, Members } from '../image/btf/layout.js';

/** How types are shown. */
export interface TypesTextOptions {
  /** Offsets and sizes in hexadecimal. */
  readonly hex?: boolean;
}

const KINDS = ['struct', 'union', 'enum', 'typedef', 'func', 'var'] as const;

/**
 * A name's types as C, with offsets and sizes as comments, in the manner of pahole(1): every structure, union,
 * enumeration, typedef, function and variable of that name, or only one kind with a keyword (`union thread_union`).
 * Undefined where the image has none. Ends with a newline.
 */
export function typesText(btf: Btf, name: string, options: TypesTextOptions = {}): string | undefined {
  const { keyword, plain } = asked(name);
  const kinds = KINDS.filter((kind) => !keyword || keyword === kind);
  const ids = kinds.flatMap((kind) => btf.findAll(kind, plain));
  return ids.length === 0 ? undefined : ids.map((id) => typeText(btf, id, options)).join('\n');
}

/** What could have been meant by a name that `typesText` finds nothing for. */
export function similarTypes(btf: Btf, name: string): string | undefined {
  const { keyword, plain } = asked(name);
  const kinds = KINDS.filter((kind) => !keyword || keyword === kind);
  return didYouMean(plain, namesOf(btf, kinds));
}

function* namesOf(btf: Btf, kinds: readonly (typeof KINDS)[number][]): Generator<string> {
  for (const kind of kinds) for (const id of btf.ids(kind)) yield btf.name(id);
}

/** A name, and the keyword in front of it. */
function asked(name: string): { keyword?: string; plain: string } {
  const [, keyword, plain] = /^(?:(struct|union|enum|typedef)\s+)?(.*)$/s.exec(name)!;
  return { keyword, plain: plain! };
}

/** One type as C; see `typesText`. */
export function typeText(btf: Btf, id: number, options: TypesTextOptions = {}): string {
  const isTypedef = btf.kind(id) === 'typedef';
  const behind = btf.target(id);
  // A typedef shows the members of a type that has no other name; any other is shown under its own.
  const shown = isTypedef && behind !== undefined && btf.name(behind) === '' ? behind : id;
  const before = isTypedef ? 'typedef ' : '';
  const after = isTypedef ? ` ${btf.name(id)};\n` : ';\n';
  const kind = btf.kind(shown);
  if (kind === 'struct' || kind === 'union') {
    return before + layoutText(btf, btf.layout(shown)!, options) + after;
  }
  if (kind === 'enum' || kind === 'enum64') return before + enumText(btf, shown, options) + after;
  return isTypedef ? `typedef ${btf.declare(behind!, btf.name(id))};\n` : `${btf.declare(id)};\n`;
}

function enumText(btf: Btf, id: number, options: TypesTextOptions): string {
  const lines = btf.enumerators(id)!.map(({ name, value }) => `\t${name} = ${value},\n`);
  const size = number(btf.sizeOf(id), options);
  return `${btf.declare(id).replace(' {...}', '')} {\n${lines.join('')}\n\t/* size: ${size} */\n}`;
}

function layoutText(btf: Btf, layout: Layout, options: TypesTextOptions): string {
  const rows = memberRows(btf, layout, 0, '\t', options);
  const widths = rows.filter(({ note }) => note).map(({ text }) => columns(text));
  const width = Math.min(WIDEST, Math.max(0, ...widths));
  const lines = rows.map(({ text, note }) =>
    note ? `${text}${' '.repeat(Math.max(0, width - columns(text)))} /* ${note} */\n` : `${text}\n`,
  );
  const head = layout.name === '' ? layout.kind : `${layout.kind} ${layout.name}`;
  return `${head} {\n${lines.join('')}\n\t/* ${summary(layout, options)} */\n}`;
}

/** Declarations wider than this do not move the column of comments further out. */
const WIDEST = 64;

/** A line of C and the comment that stands in the column beside it. */
interface Row {
  readonly text: string;
  readonly note?: string;
}

/** The members of what starts at `base` bytes. */
function memberRows(
  btf: Btf,
  members: Members,
  base: number,
  indent: string,
  options: TypesTextOptions,
): Row[] {
  const rows: Row[] = [];
  let end = base * 8;
  for (const field of members.fields) {
    if (members.kind === 'struct') {
      const hole = firstBit(field) - end;
      if (hole > 0) rows.push({ text: '' }, { text: `${indent}/* hole: ${bits(hole)} */` }, { text: '' });
      end = Math.max(end, endBit(field));
    }
    const declaration = btf.declare(field.typeId, declarator(field));
    const note = place(field, options);
    if (field.inPlace) {
      const [head, tail] = declaration.split('{...}') as [string, string];
      rows.push({ text: `${indent}${head}{` });
      rows.push(...memberRows(btf, field.inPlace, field.offset, `${indent}\t`, options));
      rows.push({ text: `${indent}}${tail};`, note });
    } else {
      rows.push({ text: `${indent}${declaration};`, note });
    }
  }
  return rows;
}

const declarator = (field: Field): string =>
  field.bitSize === undefined ? field.name : `${field.name}:${field.bitSize}`;

const firstBit = (field: Field): number => field.offset * 8 + (field.bitOffset ?? 0);

const endBit = (field: Field): number => firstBit(field) + (field.bitSize ?? field.size * 8);

/** Columns as pahole has them: byte offset, for bit-fields the bit in its unit, and size in bytes. */
function place(field: Field, options: TypesTextOptions): string {
  const offset = number(field.offset, options).padStart(5);
  const bit = field.bitOffset === undefined ? '   ' : `:${String(field.bitOffset).padStart(2)}`;
  return `${offset}${bit} ${number(field.size, options).padStart(5)}`;
}

function summary(layout: Layout, options: TypesTextOptions): string {
  const parts = [`size: ${number(layout.size, options)}`, `members: ${layout.fields.length}`];
  let end = 0;
  let holes = 0;
  let missing = 0;
  for (const field of layout.fields) {
    const hole = firstBit(field) - end;
    if (layout.kind === 'struct' && hole > 0) {
      holes++;
      missing += hole;
    }
    end = Math.max(end, endBit(field));
  }
  if (holes > 0) parts.push(`holes: ${holes} (${bits(missing)})`);
  const padding = layout.size * 8 - end;
  if (padding > 0 && layout.fields.length > 0) parts.push(`padding: ${bits(padding)}`);
  return parts.join(', ');
}

/** A length in bits, in words. */
function bits(count: number): string {
  const bytes = Math.floor(count / 8);
  const rest = count % 8;
  const words = [];
  if (bytes > 0) words.push(`${bytes} byte${bytes === 1 ? '' : 's'}`);
  if (rest > 0) words.push(`${rest} bit${rest === 1 ? '' : 's'}`);
  return words.join(' ');
}

const number = (value: number, options: TypesTextOptions): string =>
  options.hex ? `0x${value.toString(16)}` : String(value);

/** Width of a line on a terminal, tabs at every eighth column. */
function columns(text: string): number {
  let column = 0;
  for (const char of text) column = char === '\t' ? (column | 7) + 1 : column + 1;
  return column;
}
