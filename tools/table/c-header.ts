import type { Abi } from '../../src/abi/abi.js';
import { type Field, fieldSize } from '../../src/core/struct.js';

/** A header made from structure tables; C11, C++11 and, for constants and offsets, assembly. */
export interface Header {
  /** Name of the file in include/zeropage/. */
  readonly file: string;
  /** Comment on top. */
  readonly about: string;
  /** Other headers in the same directory. */
  readonly includes?: readonly string[];
  readonly abi: Abi;
  /** C declarations before the structures. */
  readonly types?: string;
  /** C declarations behind the structures. */
  readonly declarations?: string;
  /** Macros of the GNU assembler. */
  readonly assembly?: string;
}

/** Every name in a header begins so. */
const PREFIX = 'ZEROPAGE_';

/** The text of a header. */
export function cHeader({ file, about, includes = [], abi, types, declarations, assembly }: Header): string {
  const guard = `${PREFIX}${constantName(file)}`;
  const body = [
    `/*\n${about
      .split('\n')
      .map((line) => ` * ${line}`.trimEnd())
      .join('\n')}\n */`,
    `#ifndef ${guard}\n#define ${guard}`,
    includes.map((name) => `#include "${name}"`).join('\n'),
    defines(Object.entries(abi.constants)),
    ...Object.entries(abi.enums).map(([name, values]) =>
      defines(Object.entries(values).map(([key, value]) => [`${name}_${constantName(key)}`, value] as const)),
    ),
    '/* Sizes and offsets, for assembly. */',
    ...abi.structs.map(offsets),
    '#ifndef __ASSEMBLER__',
    '#include <stddef.h>\n#include <stdint.h>',
    types ?? '',
    ...abi.structs.map((struct) => declaration(struct, abi)),
    '#ifdef __cplusplus\n#define ZEROPAGE_ASSERT(condition, text) static_assert(condition, text)\n#else\n' +
      '#define ZEROPAGE_ASSERT(condition, text) _Static_assert(condition, text)\n#endif',
    ...abi.structs.map(asserts),
    '#undef ZEROPAGE_ASSERT',
    declarations ?? '',
    ...(assembly === undefined ? [] : ['#else /* __ASSEMBLER__ */', assembly]),
    '#endif /* __ASSEMBLER__ */',
    `#endif /* ${guard} */`,
  ];
  return `${body.filter((part) => part !== '').join('\n\n')}\n`;
}

/** A name as part of a constant: efi-handover becomes EFI_HANDOVER. */
export function constantName(name: string): string {
  return name.replace(/[^A-Za-z0-9]/g, '_').toUpperCase();
}

/** Names of the header in a text that speaks of them without their prefix. */
export function prefixed(text: string, { constants, enums }: Abi): string {
  const known = [...Object.keys(constants), ...Object.keys(enums).map((name) => `${name}_xxx`)];
  return known.reduce(
    (all, name) => all.replace(new RegExp(`(?<![A-Z_])${name}\\b`, 'g'), `${PREFIX}${name}`),
    text,
  );
}

type StructTable = Abi['structs'][number];

function defines(entries: readonly (readonly [name: string, value: number])[]): string {
  const width = Math.max(0, ...entries.map(([name]) => name.length));
  return entries
    .map(
      ([name, value]) =>
        `#define ${PREFIX}${name.padEnd(width)} ${value > 0xffff ? `0x${value.toString(16)}` : value}`,
    )
    .join('\n');
}

function offsets({ name, size, fields }: StructTable): string {
  const short = constantName(name);
  return defines([
    [`SIZE_${short}`, size],
    ...Object.entries(fields).map(
      ([field, { offset }]) => [`OFFSET_${short}_${constantName(field)}`, offset] as const,
    ),
  ]);
}

function declaration(struct: StructTable, abi: Abi): string {
  const members: (readonly [string, string | undefined])[] = [];
  let end = 0;
  for (const [name, field] of Object.entries(struct.fields)) {
    if (field.offset !== end) throw new Error(`${struct.name}.${name}: a hole before it`);
    end += fieldSize(field);
    members.push([member(name, field, abi.cTypes?.[struct.name]?.[name]), field.meaning]);
  }
  if (end !== struct.size) throw new Error(`${struct.name}: a hole at its end`);
  const width = Math.max(...members.map(([text]) => text.length));
  const lines = members.map(([text, meaning]) =>
    meaning ? `  ${text.padEnd(width)} /* ${prefixed(meaning, abi)} */` : `  ${text}`,
  );
  return `struct zeropage_${struct.name} {\n${lines.join('\n')}\n};`;
}

function member(name: string, field: Field, cType: string | undefined): string {
  if (cType !== undefined) {
    const [, type, array] = /^(.*?)( ?\[\d+\])?$/.exec(cType)!;
    return `${type}${type!.endsWith('*') ? '' : ' '}${name}${(array ?? '').trim()};`;
  }
  if (typeof field.type !== 'string') return `uint8_t ${name}[${field.type.bytes}];`;
  return `uint${field.type.slice(1)}_t ${name};`;
}

function asserts({ name, size, fields }: StructTable): string {
  const type = `struct zeropage_${name}`;
  return [
    `ZEROPAGE_ASSERT(sizeof(${type}) == ${size}, "size of ${name}");`,
    ...Object.entries(fields).map(
      ([field, { offset }]) =>
        `ZEROPAGE_ASSERT(offsetof(${type}, ${field}) == ${offset}, "${name}.${field}");`,
    ),
  ].join('\n');
}
