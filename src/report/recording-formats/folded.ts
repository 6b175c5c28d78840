import type { RecordingFormat } from './format.js';

/** Folded stacks, one a line with its instructions: what flamegraph.pl, speedscope and inferno read. */
export const folded: RecordingFormat = {
  id: 'folded',
  render: ({ tree, functions }) => {
    const stacks: string[] = [];
    const sums = new Map<string, number>();
    for (let node = 0; node < tree.parent.length; node++) {
      const name = functions.name[tree.function[node]!]!.replaceAll(';', ':');
      const parent = tree.parent[node]!;
      const stack = parent === -1 ? name : `${stacks[parent]};${name}`;
      stacks.push(stack);
      if (tree.self[node]! > 0) sums.set(stack, (sums.get(stack) ?? 0) + tree.self[node]!);
    }
    return Array.from(sums, ([stack, sum]) => `${stack} ${sum}\n`).join('');
  },
};
