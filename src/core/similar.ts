/** How many names are worth proposing. */
const MOST = 3;

/**
 * The names that a mistyped word was most likely meant to be, the nearest first, at most three; names of the same distance in the
 * order they came in. One edit is allowed for every three characters; case does not count.
 */
export function similar(word: string, names: Iterable<string>): string[] {
  const wanted = word.toLowerCase();
  const limit = Math.max(1, Math.floor(wanted.length / 3));
  const near: { name: string; edits: number }[] = [];
  for (const name of new Set(names)) {
    if (Math.abs(name.length - wanted.length) > limit) continue;
    const edits = distance(wanted, name.toLowerCase(), limit);
    // What has nothing in common is no guess.
    if (edits <= limit && edits < Math.max(name.length, wanted.length)) near.push({ name, edits });
  }
  const least = Math.min(...near.map(({ edits }) => edits));
  return near
    .filter(({ edits }) => edits === least)
    .slice(0, MOST)
    .map(({ name }) => name);
}

/** What to do about a word that is none of the names: "did you mean 'pvh'?"; undefined where nothing is like it. */
export function didYouMean(word: string, names: Iterable<string>): string | undefined {
  const quoted = similar(word, names).map((name) => `'${name}'`);
  if (quoted.length === 0) return undefined;
  return `did you mean ${[quoted.slice(0, -1).join(', '), quoted.at(-1)].filter(Boolean).join(' or ')}?`;
}

/** The same, with all names there are, or as `listed` has them: "did you mean 'pvh'? The entries are: linux16, …". */
export function oneOf(
  word: string,
  what: string,
  names: readonly string[],
  listed: string = names.join(', '),
): string {
  const guess = didYouMean(word, names);
  return `${guess ? `${guess} The` : 'the'} ${what} are: ${listed}`;
}

/**
 * Insertions, deletions, substitutions and exchanges of neighbours between two words, no part changed twice (optimal string
 * alignment); more than `limit` as soon as that is certain.
 */
function distance(a: string, b: string, limit: number): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const differs = a[i - 1] === b[j - 1] ? 0 : 1;
      let least = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + differs);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) least = Math.min(least, beforeLast[j - 2]! + 1);
      row.push(least);
    }
    if (Math.min(...row) > limit) return limit + 1;
    [beforeLast, last] = [last, row];
  }
  return last[b.length]!;
}
