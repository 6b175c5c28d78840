import { didYouMean } from '../../core/similar.js';
import {
  type Expression,
  ExpressionError,
  type Operator,
  operators,
  type PlaceExpression,
  reads,
} from './expression.js';
import { registerNames } from './registers.js';
import { type Token, tokens } from './tokens.js';

const unary = { '!': 'not', '-': 'negate', '~': 'invert' } as const;
const functions = [...Object.keys(reads), 'zero', 'percpu', 'as'];
/** Structures' names are words of their own in C. */
const keywords: readonly string[] = ['struct', 'union'];
const deepest = 100;

/** Reads an expression (docs/contract.md has the grammar). Throws ExpressionError. */
export function parseExpression(text: string): Expression {
  return new Parser(text).whole();
}

class Parser {
  readonly #tokens: readonly Token[];
  #next = 0;
  #depth = 0;

  constructor(private readonly text: string) {
    this.#tokens = tokens(text);
  }

  whole(): Expression {
    const expression = this.#binary(0);
    if (this.#token.kind !== 'end') throw this.#unexpected('the end');
    return expression;
  }

  get #token(): Token {
    return this.#tokens[this.#next]!;
  }

  /** Takes the next token if it is this one. */
  #takes(text: string): boolean {
    if (this.#token.kind === 'end' || this.#token.text !== text) return false;
    this.#next++;
    return true;
  }

  #needs(text: string): void {
    if (!this.#takes(text)) throw this.#unexpected(`'${text}'`);
  }

  #name(what: string): string {
    if (this.#token.kind !== 'name') throw this.#unexpected(what);
    return this.#tokens[this.#next++]!.text;
  }

  #unexpected(wanted: string): ExpressionError {
    const { kind, text, at } = this.#token;
    return new ExpressionError(`${kind === 'end' ? 'the end' : `'${text}'`} where ${wanted} is expected`, at);
  }

  /** What was read since a token. */
  #since(first: number): string {
    const { at, text } = this.#tokens[this.#next - 1]!;
    return this.text.slice(this.#tokens[first]!.at, at + text.length);
  }

  #binary(level: number): Expression {
    const of = operators[level];
    if (!of) return this.#unary();
    const first = this.#next;
    let a = this.#binary(level + 1);
    for (;;) {
      const operator = (of as readonly Operator[]).find((each) => this.#takes(each));
      if (!operator) return a;
      const b = this.#binary(level + 1);
      a = { kind: 'binary', operator, a, b, text: this.#since(first) };
    }
  }

  #unary(): Expression {
    const first = this.#next;
    if (++this.#depth > deepest) throw new ExpressionError('too deep', this.#token.at);
    try {
      for (const [sign, kind] of Object.entries(unary))
        if (this.#takes(sign)) return { kind, of: this.#unary(), text: this.#since(first) };
      if (this.#takes('&')) return { kind: 'address', of: this.#place(), text: this.#since(first) };
      return this.#primary();
    } finally {
      this.#depth--;
    }
  }

  #primary(): Expression {
    const first = this.#next;
    const { kind, text } = this.#token;
    if (kind === 'number') {
      this.#next++;
      if (BigInt(text) >> 64n)
        throw new ExpressionError(`${text} has more than 64 bits`, this.#tokens[first]!.at);
      return { kind, value: BigInt(text), text };
    }
    if (this.#takes('(')) {
      const inner = this.#binary(0);
      this.#needs(')');
      return inner;
    }
    if (kind !== 'name') throw this.#unexpected('a number, register, symbol or function');
    const register = this.#register();
    if (register !== undefined) return { kind: 'register', name: register, text: register };
    return this.#call(text, first) ?? this.#place();
  }

  /** `cr4`, `gs.base`. */
  #register(): string | undefined {
    const { text } = this.#token;
    const [, dot, member] = this.#tokens.slice(this.#next);
    const dotted = `${text}.${member?.text}`;
    if (dot?.text === '.' && registerNames.includes(dotted)) {
      this.#next += 3;
      return dotted;
    }
    if (!registerNames.includes(text)) return undefined;
    this.#next++;
    return text;
  }

  #call(name: string, first: number): Expression | undefined {
    if (this.#tokens[this.#next + 1]?.text !== '(' || name === 'percpu' || name === 'as') return undefined;
    if (Object.hasOwn(reads, name)) {
      this.#next += 2;
      const from = this.#address();
      this.#needs(')');
      return { kind: 'read', bytes: reads[name as keyof typeof reads], from, text: this.#since(first) };
    }
    if (name !== 'zero') {
      const hint = [didYouMean(name, functions), `the functions are: ${functions.join(', ')}`]
        .filter(Boolean)
        .join(' ');
      throw new ExpressionError(`there is no function '${name}'`, this.#token.at, hint);
    }
    this.#next += 2;
    const from = this.#address();
    this.#needs(',');
    const to = this.#address();
    this.#needs(')');
    return { kind: 'zero', from, to, text: this.#since(first) };
  }

  #address(): Expression {
    return asAddress(this.#binary(0));
  }

  /** `boot_params.hdr.version`, `percpu(cpu_tlbstate.cr4)`, `as(init_mm, mm_struct).pgd`. */
  #place(): PlaceExpression & { readonly text: string } {
    const first = this.#next;
    const name = this.#name('a symbol');
    const isCall = this.#token.text === '(';
    if (isCall && name === 'percpu') {
      this.#next++;
      const inner = this.#place();
      this.#needs(')');
      return { ...inner, perCpu: true, path: joined(inner.path, this.#path()), text: this.#since(first) };
    }
    if (isCall && name === 'as') {
      this.#next++;
      const inner = this.#place();
      this.#needs(',');
      const words = [this.#name('a type')];
      if (keywords.includes(words[0]!)) words.push(this.#name('a type'));
      this.#needs(')');
      return { ...inner, type: words.join(' '), path: this.#path(), text: this.#since(first) };
    }
    return { kind: 'place', symbol: name, perCpu: false, path: this.#path(), text: this.#since(first) };
  }

  /** `.hdr.version`, `[3].addr`. */
  #path(): string {
    let path = '';
    for (;;) {
      if (this.#takes('.')) path = joined(path, this.#name('a field'));
      else if (this.#takes('[')) {
        if (this.#token.kind !== 'number') throw this.#unexpected('a number');
        path += `[${Number(this.#tokens[this.#next++]!.text)}]`;
        this.#needs(']');
      } else return path;
    }
  }
}

const joined = (a: string, b: string): string => (a && b && !b.startsWith('[') ? `${a}.${b}` : a + b);

/** Where an address is wanted a place stands for its own, alone and where something is added to it. */
function asAddress(expression: Expression): Expression {
  if (expression.kind === 'place') return { kind: 'address', of: expression, text: expression.text };
  const isSum = expression.kind === 'binary' && (expression.operator === '+' || expression.operator === '-');
  return isSum ? { ...expression, a: asAddress(expression.a) } : expression;
}
