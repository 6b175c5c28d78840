/// <reference lib="dom" />
import type { Lookup } from '../lookup.js';
import { callsOf, callTree } from '../sections/tree.js';
import { byId } from './by-id.js';

/** Nodes that are written at once at the most. */
const most = 5000;

/** Writes a function's calls when it is unfolded. */
export function followTrees(lookup: Lookup): void {
  const trees = byId('trees');
  const pathOf = (element: Element) => {
    const { path, other } = element.closest<HTMLElement>('.tree')!.dataset;
    return [lookup.paths[Number(path)]!, lookup.paths[Number(other)]!] as const;
  };
  // Does not bubble, so it is caught on the way down.
  trees.addEventListener(
    'toggle',
    ({ target }) => {
      const details = target as HTMLDetailsElement;
      const below = details.querySelector('.below');
      if (!details.open || !below || below.childElementCount > 0) return;
      const [path, other] = pathOf(details);
      below.innerHTML = callsOf(lookup, path, other, Number(details.dataset.node)).text;
    },
    true,
  );
  trees.addEventListener('click', ({ target }) => {
    const button = (target as Element).closest<HTMLElement>('[data-unfold]');
    if (!button) return;
    const [path, other] = pathOf(button);
    const isWhole = path.children.length <= most;
    const depth = button.dataset.unfold === 'none' ? 0 : isWhole ? Number.POSITIVE_INFINITY : 4;
    button.closest('.tree')!.querySelector('.calls')!.outerHTML = callTree(lookup, path, other, depth).text;
  });
}
