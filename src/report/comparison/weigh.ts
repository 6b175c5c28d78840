import type { DifferenceSeverity, Value } from './comparison.js';
import { isList, type Weigh } from './fact.js';

export const always =
  (severity: DifferenceSeverity): Weigh =>
  () =>
    severity;

export const detail = always('detail');
export const note = always('note');
export const warning = always('warning');

/** Of numbers, 0x-hex strings and versions: one severity when the value falls or is gone, another when it rises. */
export const falls =
  (lower: DifferenceSeverity, higher: DifferenceSeverity): Weigh =>
  (a, b) =>
    a !== null && (b === null || order(a, b) > 0) ? lower : higher;

/** Of lists and of booleans: one severity when something is lost, another when there is only more. */
export const loses =
  (lost: DifferenceSeverity, gained: DifferenceSeverity): Weigh =>
  (a, b) => {
    if (isList(a)) return a.some((item) => !isList(b) || !b.includes(item)) ? lost : gained;
    return a === true && b !== true ? lost : gained;
  };

/** Of an address: that it moved is a detail; that it came or went is not. */
export const moves =
  (otherwise: DifferenceSeverity): Weigh =>
  (a, b) =>
    a !== null && b !== null ? 'detail' : otherwise;

const HEX = /0x[0-9a-f]+/g;

/** Of words with numbers in them: what differs in addresses alone is a detail. */
export const words =
  (otherwise: DifferenceSeverity): Weigh =>
  (a, b) =>
    typeof a === 'string' && typeof b === 'string' && a.replace(HEX, '') === b.replace(HEX, '')
      ? 'detail'
      : otherwise;

function order(a: Value, b: Value): number {
  const [x, y] = [parts(a), parts(b)];
  const at = x.findIndex((part, index) => part !== y[index]);
  if (at === -1) return 0;
  return x[at]! > (y[at] ?? -1n) ? 1 : -1;
}

/** "2.15" is two numbers, 0x1000 one. */
function parts(value: Value): bigint[] {
  const text = String(value);
  return text.split('.').map((part) => (/^(0x[0-9a-f]+|\d+)$/.test(part) ? BigInt(part) : 0n));
}
