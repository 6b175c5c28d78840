import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A file of the project, or the part of one between two markers, that is made from something else. */
export interface Generated {
  /** From the project's root. */
  readonly path: string;
  readonly text: string;
  /** Name of the markers `<!-- name -->` … `<!-- /name -->` around the text; the whole file without it. */
  readonly between?: string;
}

/**
 * Writes the files with `--write` on the command line; else says which are not current. Exit codes: 0 current, 1 outdated,
 * 2 without the markers.
 */
export function keepCurrent(tool: string, files: readonly Generated[]): void {
  const write = process.argv.includes('--write');
  for (const { path, text, between } of files) {
    const file = fileURLToPath(new URL(`../../${path}`, import.meta.url));
    const before = existsSync(file) ? readFileSync(file, 'utf8') : '';
    const now = between === undefined ? text : withBetween(before, between, text);
    if (now === undefined) {
      process.stderr.write(`${path} has no <!-- ${between} --> … <!-- /${between} -->\n`);
      process.exitCode = 2;
    } else if (write) {
      mkdirSync(dirname(file), { recursive: true });
      if (now !== before) writeFileSync(file, now);
    } else if (now !== before) {
      process.stderr.write(`${path} is outdated: npx tsx tools/table/${tool} --write\n`);
      process.exitCode ||= 1;
    }
  }
}

function withBetween(before: string, name: string, text: string): string | undefined {
  const [start, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const [from, to] = [before.indexOf(start), before.indexOf(end)];
  if (from === -1 || to < from) return undefined;
  return `${before.slice(0, from + start.length)}\n\n${text}\n${before.slice(to)}`;
}
