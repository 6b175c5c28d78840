import { readFileSync } from 'node:fs';

/** An example of docs/library.md: the heading it stands under, and a module whose default export runs it. */
export interface Example {
  readonly title: string;
  /** Exports `(data, console) => Promise<void>`. */
  readonly module: string;
}

/** The examples of a page, with 'zeropage' imported from `library`. */
export function readExamples(page: string, library: string): Example[] {
  const text = readFileSync(page, 'utf8');
  return [...text.matchAll(/^## (.*)\n[\s\S]*?^```js\n([\s\S]*?)^```$/gm)].map(([, title, code]) => {
    const lines = code!.split('\n');
    const imports = lines.filter((line) => line.startsWith('import '));
    const body = lines.filter((line) => !line.startsWith('import '));
    return {
      title: title!,
      module: [
        ...imports.map((line) => line.replace("'zeropage'", JSON.stringify(library))),
        'export default async (data, console) => {',
        ...body,
        '};',
      ].join('\n'),
    };
  });
}

/** What each example prints for the guest: `verdict` and `stop` are the boots' words. */
export const expected: Readonly<Record<string, RegExp>> = {
  'Open an image, list its entries': /^(\S+ \(payload\)\n)+$/,
  Inspect: /^\d+ entries are offered\nvmlinuz/,
  'Boot, with the console, and cancel': /^reached true\ninterrupted\n$/,
  'A matrix': /^true\ntrue\n$/,
  'Check against a contract':
    /^false\nno-xen {2}xen-pv must not be offered and is: .*\n✗ does not hold · vmlinuz[\s\S]* {2}pvh {10}reached[\s\S]*does not hold · 1 image: 1 error\n\n$/,
};
