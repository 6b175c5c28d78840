/** Of each node of a tree its children, in order; `parents`: of each its parent, -1: a root. */
export function childrenOf(parents: ArrayLike<number>): number[][] {
  const children = Array.from(parents, (): number[] => []);
  for (const [node, parent] of Array.from(parents).entries()) if (parent !== -1) children[parent]!.push(node);
  return children;
}

/** Those without a parent. */
export function rootsOf(parents: ArrayLike<number>): number[] {
  return Array.from(parents).flatMap((parent, node) => (parent === -1 ? [node] : []));
}
