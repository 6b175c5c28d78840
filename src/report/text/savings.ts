import type { Comparison, Share } from '../../compare/comparison.js';
import { cell, columns } from './columns.js';
import { type Page, section } from './page.js';
import { bytes, count, plural } from './quantity.js';

/** What paths do before they meet, and what a single entry would leave of it; the figures of both sides, and no verdict. */
export function savingsText({ savings }: Comparison, page: Page): string[] {
  const { style, width } = page;
  const { stubs, forOne, forSeveral } = savings;
  const rows = stubs.flatMap(({ path, meets, instructions, functions, bytes: size, asks, same, own }) => [
    [
      cell(path, style.strong),
      cell(
        functions === 0
          ? `nothing: another path goes all its way to start_kernel`
          : `${count(instructions)} instructions, ${plural(functions, 'function')}, ${bytes(size)}, up to ${meets ?? 'no other path'}`,
      ),
    ],
    ...(functions === 0
      ? []
      : [
          [cell(''), cell(`asks what an entry could say: ${listed(asks)}`)],
          [cell(''), cell(`another path does it too: ${figure(same)}`)],
          [cell(''), cell(`its own: ${figure(own)}`)],
        ]),
  ]);
  const sides = [
    [
      cell('for one', style.strong),
      cell(
        `at most ${figure(forOne.told)} would be told by a hypervisor type and a data pointer; ${figure(forOne.shared)} could be common`,
      ),
    ],
    [
      cell('for several', style.strong),
      cell(
        `${figure(forSeveral.stays)} would stay behind any entry${forSeveral.free.length > 0 ? `; the others' stubs cost ${forSeveral.free.join(', ')} nothing` : ''}`,
      ),
    ],
  ];
  const remark = 'before each path meets another; whole functions, so what asks may do more';
  return stubs.length < 2
    ? []
    : section(page, 'What a single entry would save', remark, columns([...rows, ...sides], { width }));
}

const figure = ({ sizes, bytes: size }: Share): string =>
  `${plural(Object.keys(sizes).length, 'function')}, ${bytes(size)}`;

function listed(share: Share): string {
  const names = Object.keys(share.sizes);
  return names.length === 0 ? 'nothing' : `${figure(share)}: ${names.join(' ')}`;
}
