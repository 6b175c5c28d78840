import { ExpressionError } from './expression.js';

export interface Token {
  readonly kind: 'number' | 'name' | 'sign' | 'end';
  readonly text: string;
  readonly at: number;
}

const patterns: readonly (readonly [Token['kind'], RegExp])[] = [
  ['number', /0[xX][0-9a-fA-F]+|\d+/y],
  ['name', /[A-Za-z_][A-Za-z0-9_$]*/y],
  ['sign', /\|\||&&|==|!=|<=|>=|<<|>>|[-+*/%&|^~!<>(),.[\]]/y],
];

/** The words of an expression. Throws ExpressionError. */
export function tokens(text: string): Token[] {
  const found: Token[] = [];
  for (let at = 0; at < text.length; ) {
    if (/\s/.test(text[at]!)) {
      at++;
      continue;
    }
    const token = tokenAt(text, at);
    if (!token) throw new ExpressionError(`'${text[at]}' is nothing that stands in an expression`, at);
    found.push(token);
    at += token.text.length;
  }
  return [...found, { kind: 'end', text: '', at: text.length }];
}

function tokenAt(text: string, at: number): Token | undefined {
  for (const [kind, pattern] of patterns) {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match) return { kind, text: match[0], at };
  }
  return undefined;
}
