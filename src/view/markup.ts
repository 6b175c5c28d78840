import { visible } from '../report/text/visible.js';

/** Text of HTML or SVG in which everything that was data is escaped. */
export class Markup {
  constructor(readonly text: string) {}

  toString(): string {
    return this.text;
  }
}

/** What a template may hold: data, which is escaped, markup, which is not, lists of both, and what is left out. */
export type Content = string | number | Markup | readonly Content[] | null | undefined | false;

const references: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function textOf(content: Content): string {
  if (content === null || content === undefined || content === false) return '';
  if (content instanceof Markup) return content.text;
  if (typeof content === 'object') return content.map(textOf).join('');
  return visible(String(content)).replace(/[&<>"']/g, (character) => references[character]!);
}

/** A template of HTML or SVG: html`<b>${name}</b>`. */
export function html(parts: TemplateStringsArray, ...contents: readonly Content[]): Markup {
  return new Markup(parts.map((part, i) => (i === 0 ? part : textOf(contents[i - 1]) + part)).join(''));
}

/** Markup that the project itself wrote as text. */
export function raw(text: string): Markup {
  return new Markup(text);
}
