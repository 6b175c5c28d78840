import { type Document, isMap, isScalar, LineCounter, type Node, parseDocument } from 'yaml';
import { didYouMean } from '../../core/similar.js';
import { knownRules } from '../known-rules.js';
import type { Contract } from './contract.js';
import { ContractError } from './contract-error.js';
import { contractShape } from './contract-shape.js';
import { Misshapen, type Where } from './shape.js';

/** Reads a contract in YAML or JSON. Throws ContractError with line and column. */
export function readContract(text: string): Contract {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const placeOf = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `${line}:${col}`;
  };
  const [error] = document.errors;
  if (error) throw new ContractError(error.message, placeOf(error.pos[0]), 'this is no YAML');
  return checked(document.toJS(), (where, isKey) => {
    const offset = offsetOf(document, where, isKey);
    return offset === undefined ? undefined : placeOf(offset);
  });
}

/** A contract that a module exports. Throws ContractError. */
export function contractOf(value: unknown): Contract {
  return checked(value, () => undefined);
}

function checked(value: unknown, placeOf: (where: Where, isKey: boolean) => string | undefined): Contract {
  try {
    contractShape.check(value, []);
    const contract = value as Contract;
    checkNames(contract);
    return contract;
  } catch (error) {
    if (!(error instanceof Misshapen)) throw error;
    const { message, where, hint, isKey } = error;
    const path = pathText(isKey ? where.slice(0, -1) : where);
    const place = placeOf(where, isKey);
    const at = path && place !== undefined ? `${path}: ` : '';
    throw new ContractError(`${at}${message}`, place ?? (path || undefined), hint);
  }
}

/** Findings are told apart by names, and those that are expected are of rules that there are. */
function checkNames({ rules = [], expect = [] }: Contract): void {
  const names = rules.map(({ name }) => name);
  const again = names.findIndex((name, i) => names.indexOf(name) !== i);
  if (again !== -1)
    throw new Misshapen(
      `a second rule '${names[again]}'`,
      ['rules', again, 'name'],
      'each needs a name of its own',
    );
  const all = [...knownRules.map(({ rule }) => rule), ...names];
  const stray = expect.findIndex(({ rule }) => !all.includes(rule));
  if (stray !== -1) {
    const { rule } = expect[stray]!;
    throw new Misshapen(
      `there is no rule '${rule}' that could find anything`,
      ['expect', stray, 'rule'],
      didYouMean(rule, all) ?? 'detectors and rules on images are listed in docs/rules',
    );
  }
}

/** "rules[2].when.entries". */
function pathText(where: Where): string {
  return where
    .map((part, i) => (typeof part === 'number' ? `[${part}]` : `${i > 0 ? '.' : ''}${part}`))
    .join('');
}

/** Where a value, or its key, begins in the text; of what is missing, where that would be. */
function offsetOf(document: Document, where: Where, isKey: boolean): number | undefined {
  if (where.length === 0) return (document.contents as Node | null)?.range?.[0] ?? 0;
  const parent = document.getIn(where.slice(0, -1), true);
  if (isKey && isMap(parent)) {
    const key = parent.items
      .map((pair) => pair.key)
      .find((each) => isScalar(each) && each.value === where.at(-1));
    if (isScalar(key) && key.range) return key.range[0];
  }
  const node = document.getIn(where, true) as Node | undefined;
  return node?.range?.[0] ?? offsetOf(document, where.slice(0, -1), false);
}
