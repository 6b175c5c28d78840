/** The last part of a path. */
const basename = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

/** Names to show images under: the last part of each path, or the whole of it where another has the same. */
export function shownNames(paths: readonly string[]): string[] {
  const names = paths.map(basename);
  return paths.map((path, index) => {
    const name = names[index]!;
    return names.indexOf(name) === names.lastIndexOf(name) ? name : path;
  });
}
