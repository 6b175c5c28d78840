/** What a guest is to say: a text, or what a regular expression finds. */
export type Expectation = string | RegExp;

/** As it is written on the command line: a text, or /regular expression/flags. */
export function expectationText(expectation: Expectation): string {
  return typeof expectation === 'string' ? `"${expectation}"` : `${expectation}`;
}

/** Where what was expected ends on a console, at the last place where it stands; undefined where it does not. */
export function foundUntil(expectation: Expectation, console: string): number | undefined {
  if (typeof expectation === 'string') {
    const at = console.lastIndexOf(expectation);
    return at === -1 ? undefined : at + expectation.length;
  }
  const { source, flags } = expectation;
  const all = [...console.matchAll(new RegExp(source, flags.includes('g') ? flags : `${flags}g`))];
  const last = all.at(-1);
  return last && last.index + last[0].length;
}

/** A console as expectations see it: lines end with a line feed alone. */
export function plainLines(console: string): string {
  return console.replaceAll('\r\n', '\n');
}
