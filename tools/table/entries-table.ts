/**
 * Keeps the table of corpus images × entries in README.md (or the file that is named) true: `--write` renews it between its markers,
 * without it the tool checks that it is current. Exit codes: 0 current, 1 outdated, 2 error, 4 corpus incomplete.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { entries, offers } from '../../src/entry/entries.js';
import { openImage } from '../../src/image/open.js';
import { type CorpusFile, corpusFile, corpusReason } from '../corpus/locate.js';
import { fileIds } from '../corpus/packages.js';

const START = '<!-- entries-table -->';
const END = '<!-- /entries-table -->';
const args = process.argv.slice(2);
const file =
  args.find((arg) => !arg.startsWith('-')) ?? fileURLToPath(new URL('../../README.md', import.meta.url));

const missing = fileIds().flatMap((id) => corpusReason(id) ?? []);
if (missing.length > 0) {
  process.stdout.write(`${missing.join('\n')}\nskipped: the table needs the whole corpus\n`);
  process.exit(4);
}

const text = readFileSync(file, 'utf8');
const [start, end] = [text.indexOf(START), text.indexOf(END)];
if (start === -1 || end < start) {
  process.stderr.write(`${file} has no ${START} … ${END}\n`);
  process.exit(2);
}
const current = `${text.slice(0, start + START.length)}\n\n${await table()}\n${text.slice(end)}`;
if (args.includes('--write')) {
  writeFileSync(file, current);
} else if (current !== text) {
  process.stderr.write(
    `the entries table in ${file} is outdated: npx tsx tools/table/entries-table.ts --write\n`,
  );
  process.exit(1);
}

async function table(): Promise<string> {
  const rows = [['Image', ...entries.map(({ id }) => `\`${id}\``)], entries.map(() => ':-:')];
  rows[1]!.unshift(':--');
  for (const id of fileIds()) rows.push([label(corpusFile(id)!), ...(await cells(corpusFile(id)!))]);
  return rows.map((row) => `| ${row.join(' | ')} |\n`).join('');
}

/** Only what holds until the suite's next release: package versions change with every security update. */
function label({ id, release }: CorpusFile): string {
  const [, debian, flavour] = /^debian-(\d+)-(.+)$/.exec(id) ?? [];
  if (!debian) return id;
  const series = /^\d+\.\d+/.exec(release ?? '')?.[0];
  return `Debian ${debian} ${flavour}${series ? `, Linux ${series}` : ''}`;
}

async function cells({ path }: CorpusFile): Promise<string[]> {
  const image = await openImage(readFileSync(path));
  return offers(image).map(({ via }) => (via === 'image' ? '✓ image' : (via ?? '–')));
}
