import { visible } from '../../report/text/visible.js';

/** A table; cells are markup. */
export function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [row(heads), row(heads.map(() => ':--')), ...rows.map(row)].join('\n');
}

/** A name as code; what has a backquote in it stands between two of them. */
export function code(name: string): string {
  const text = visible(name).replace(/\|/g, '\\|');
  return text.includes('`') ? `\`\` ${text} \`\`` : `\`${text}\``;
}

/** Text in which nothing is markup. */
export function escaped(text: string): string {
  return visible(text).replace(/[\\`*_[\]<>|~&]/g, '\\$&');
}
