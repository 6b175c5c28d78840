import type { Abi } from '../../src/abi/abi.js';
import { fieldSize } from '../../src/core/struct.js';
import { constantName, prefixed } from './c-header.js';

/** The tables of an ABI's page in Markdown: one a structure, then the constants. */
export function abiTables(abi: Abi): string {
  const structs = abi.structs.map(({ name, size, fields }) => {
    const rows = Object.entries(fields).map(([field, description]) => [
      String(description.offset),
      String(fieldSize(description)),
      `\`${field}\``,
      prefixed(description.meaning ?? '', abi),
    ]);
    return `### \`struct zeropage_${name}\`\n\n${size} bytes.\n\n${table(['offset', 'bytes', 'field', 'meaning'], rows)}`;
  });
  const constants = Object.entries(abi.constants).map(([name, value]) => [
    `\`ZEROPAGE_${name}\``,
    value > 0xffff ? `0x${value.toString(16)}` : String(value),
  ]);
  const enums = Object.entries(abi.enums).map(
    ([prefix, values]) =>
      `### \`ZEROPAGE_${prefix}_xxx\`\n\n${table(
        ['value', 'name'],
        Object.entries(values).map(([name, value]) => [String(value), `\`${constantName(name)}\``]),
      )}`,
  );
  return [
    ...structs,
    ...enums,
    ...(constants.length ? [`### Constants\n\n${table(['name', 'value'], constants)}`] : []),
  ].join('\n');
}

/** A Markdown table; ends with a newline. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => ':--'), ...rows].map((row) => `| ${row.join(' | ')} |\n`).join('');
}
