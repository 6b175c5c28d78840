import { commonEnd } from './chain.js';
import type { ChainLink } from './comparison.js';
import type { Path } from './path.js';

export type Chains = ReadonlyMap<Path, readonly ChainLink[] | null>;

/** Paths whose chains begin at another function; those that begin alike have the same stub. */
export function beginOtherwise(chain: readonly ChainLink[], chains: Chains): Path[] {
  return [...chains]
    .filter(([, theirs]) => theirs && theirs[0]?.function !== chain[0]?.function)
    .map(([path]) => path);
}

/** The place in a path's chain from which a path that begins otherwise has the same. */
export function meetingLink(chain: readonly ChainLink[], chains: Chains): number {
  const common = beginOtherwise(chain, chains).map((other) => commonEnd(chain, chains.get(other)!));
  return chain.length - Math.max(0, ...common);
}

/** Instructions retired before a path meets one that begins otherwise; 0 where there is none such. */
export function stubEnd(path: Path, chains: Chains): number {
  const chain = chains.get(path);
  if (!chain || beginOtherwise(chain, chains).length === 0) return 0;
  return chain[meetingLink(chain, chains)]?.instruction ?? Number.POSITIVE_INFINITY;
}
