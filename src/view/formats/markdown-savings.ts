import type { Comparison, Share } from '../../compare/comparison.js';
import { bytes, count, plural } from '../../report/text/quantity.js';
import { code, details, table } from './gfm.js';

/**
 * What paths do before they meet, and what a single entry would leave of it: figures of both sides, and no verdict; names are
 * folded, of each list `most`.
 */
export function savingsBlock({ savings }: Comparison, most: number): string {
  const { stubs, forOne, forSeveral } = savings;
  if (stubs.length < 2) return '';
  const heads = [
    'Before it meets another',
    'Meets at',
    'Instructions',
    'Functions',
    'Ask what an entry could say',
  ];
  const figures = table(
    [...heads, 'Another path does too', 'Its own'],
    stubs.map(({ path, meets, instructions, functions, bytes: size, asks, same, own }) => [
      code(path),
      meets === null ? 'nowhere' : code(meets),
      count(instructions),
      sized(functions, size),
      ...[asks, same, own].map(figure),
    ]),
  );
  const free =
    forSeveral.free.length > 0
      ? `; the others’ stubs cost ${forSeveral.free.map(code).join(', ')} nothing`
      : '';
  const sides = [
    `- For one entry: at most ${inWords(forOne.told)} would be told by a hypervisor type and a data pointer; ${inWords(forOne.shared)} could be common.`,
    `- For several: ${inWords(forSeveral.stays)} would stay behind any entry${free}.`,
  ];
  const lists = stubs.flatMap(({ path, asks, same, own }) => [
    ...listed(path, 'asks', asks, most),
    ...listed(path, 'does as another', same, most),
    ...listed(path, 'does alone', own, most),
  ]);
  const names =
    lists.length > 0 ? [details('Functions before each path meets another', lists.join('\n'))] : [];
  return [figures, sides.join('\n'), ...names].join('\n\n');
}

const sized = (functions: number, size: number): string =>
  functions === 0 ? '0' : `${count(functions)}, ${bytes(size)}`;

const figure = ({ sizes, bytes: size }: Share): string => sized(Object.keys(sizes).length, size);

const inWords = ({ sizes, bytes: size }: Share): string =>
  `${plural(Object.keys(sizes).length, 'function')}, ${bytes(size)}`;

function listed(path: string, does: string, { sizes }: Share, most: number): string[] {
  const names = Object.keys(sizes);
  if (names.length === 0) return [];
  const more = names.length > most ? ` and ${count(names.length - most)} more` : '';
  return [`- ${code(path)} ${does}: ${names.slice(0, most).map(code).join(' ')}${more}`];
}
