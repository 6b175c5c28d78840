import { InvalidArgumentError } from 'commander';
import type { CheckReport } from '../../report/check.js';
import type { CheckFormat } from '../../report/check-formats/format.js';
import { checkFormats } from '../../report/check-formats/formats.js';
import { invalidName } from '../choice.js';
import { CommandFailure } from '../failure.js';
import { print } from '../output.js';
import { terminal } from '../terminal.js';
import { homepage, version } from '../version.js';
import { writeOutput } from '../write-output.js';

/** A report to write, and where; undefined: where -o says. */
export interface Document {
  readonly format: CheckFormat;
  readonly file: string | undefined;
}

const ids = checkFormats.map(({ id }) => id);

/** `sarif`, or `sarif=FILE`. */
export function document(text: string, before: readonly Document[] = []): Document[] {
  const [id = '', file] = text.split(/=(.*)/s, 2);
  const format = checkFormats.find((each) => each.id === id);
  if (!format) throw invalidName(id, 'formats', ids);
  if (file === '') throw new InvalidArgumentError('It is a format, or FORMAT=FILE.');
  return [...before, { format, file }];
}

/** What is to be written, where; text where no file is named, unless one format goes there. */
export function documentsOf(
  asked: readonly Document[] | undefined,
  { json, output = '-' }: { readonly json?: boolean; readonly output?: string },
): Document[] {
  const all = [...(asked ?? []), ...(json ? document('json') : [])];
  const unnamed = all.filter(({ file }) => file === undefined);
  if (unnamed.length > 1) {
    throw new CommandFailure(
      `${unnamed.map(({ format }) => format.id).join(' and ')} cannot both be written to one place`,
      'name a file for all but one: --format FORMAT=FILE',
    );
  }
  const wanted = unnamed.length > 0 ? all : [...all, ...document('text')];
  return wanted.map(({ format, file }) => ({ format, file: file ?? output }));
}

export async function write(
  report: CheckReport,
  documents: readonly Document[],
  verbose: boolean | undefined,
): Promise<void> {
  for (const { format, file = '-' } of documents) {
    const page = { ...(file === '-' ? terminal() : {}), verbose };
    const text = format.render(report, { page, version: version(), homepage: homepage() });
    await (file === '-' ? print(text) : writeOutput(file, text, 'text'));
  }
}
