import { visible } from '../text/visible.js';

/** A row of a table of GitHub Flavored Markdown. */
export const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

/** Text in which nothing is markup. */
export function escaped(text: string): string {
  return visible(text).replace(/[\\`*_[\]<>|~&]/g, '\\$&');
}
