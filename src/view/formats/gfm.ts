import { visible } from '../../report/text/visible.js';
import { html } from '../markup.js';

/** A table of GitHub Flavored Markdown. */
export function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [row(heads), row(heads.map(() => ':--')), ...rows.map(row)].join('\n');
}

/** What is folded until one asks for it. The title is in HTML, in which Markdown means nothing. */
export function details(title: string, content: string): string {
  return `${html`<details><summary>${title}</summary>`}\n\n${content}\n\n</details>`;
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
