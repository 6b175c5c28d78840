import type { Difference, Value } from '../comparison/comparison.js';
import { count } from './quantity.js';

/** Names of one list that are shown, and on a verbose page; the JSON has all. */
const FEW = 8;
const MANY = 100;

/** How a value changed, in a line. */
export function changeText(difference: Difference, verbose: boolean): string {
  const { a, b, came, went, entries } = difference;
  const about = entries.length > 0 && difference.section !== 'entries' ? ` (${entries.join(', ')})` : '';
  if (came && went) return `${listText(difference, came, went, verbose)}${about}`;
  if (typeof a === 'number' && typeof b === 'number') {
    return `${a} → ${b} (${b > a ? '+' : ''}${b - a})${about}`;
  }
  return `${shown(a)} → ${shown(b)}${about}`;
}

/** What came and went of a list; of one that is counted, also how many there are. */
function listText(
  { a, b }: Difference,
  came: readonly string[],
  went: readonly string[],
  verbose: boolean,
): string {
  const counts = typeof a === 'number' || typeof b === 'number' ? `${shown(a)} → ${shown(b)}; ` : '';
  const parts = [
    came.length > 0 ? `came: ${named(came, verbose)}` : '',
    went.length > 0 ? `went: ${named(went, verbose)}` : '',
  ];
  return `${counts}${parts.filter(Boolean).join('; ')}`;
}

function named(names: readonly string[], verbose: boolean): string {
  const most = verbose ? MANY : FEW;
  const rest = names.length - most;
  return `${names.slice(0, most).join(', ')}${rest > 0 ? ` and ${count(rest)} more` : ''}`;
}

function shown(value: Value): string {
  if (value === null) return '–';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value === 'number') return count(value);
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return value.map(shown).join(', ') || '–';
  return Object.entries(value)
    .map(([name, part]) => `${name} ${part}`)
    .join(', ');
}
