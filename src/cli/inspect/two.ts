import { basename } from 'node:path';
import { compare } from '../../report/comparison/compare.js';
import { type DifferenceSeverity, reaches } from '../../report/comparison/comparison.js';
import { canName, sectionNames } from '../../report/comparison/filter.js';
import { symbolNames } from '../../report/comparison/symbol-names.js';
import { comparisonText } from '../../report/text/comparison.js';
import { EXIT } from '../exit.js';
import { CommandFailure } from '../failure.js';
import { readInput } from '../input.js';
import { print, printJson } from '../output.js';
import { inspectInput, pageFor, type ReadOptions } from './read.js';

export interface TwoOptions extends ReadOptions {
  readonly json?: boolean;
  readonly verbose?: boolean;
  readonly exitOn: DifferenceSeverity | 'never';
  /** Nothing less severe is shown. */
  readonly severity?: DifferenceSeverity;
  /** Separated by commas. */
  readonly only?: string;
  readonly ignore?: string;
}

/** Shows what differs between two images, and ends with 1 when that is as bad as asked for. */
export async function inspectTwo(pathA: string, pathB: string, options: TwoOptions): Promise<void> {
  if (pathA === '-' && pathB === '-') {
    throw new CommandFailure('both images are "-"', 'standard input can be read only once');
  }
  const filter = { only: checked(options.only), ignore: checked(options.ignore) };
  const named: { a: readonly string[]; b: readonly string[] } = { a: [], b: [] };
  // One after the other: the first image's bytes need not stay in memory while the second is read.
  const [nameA, nameB] =
    basename(pathA) === basename(pathB) ? [pathA, pathB] : [basename(pathA), basename(pathB)];
  const read = async (path: string, name: string, into: 'a' | 'b') =>
    inspectInput(readInput(path), name, {
      ...options,
      onSymbols: (table) => {
        named[into] = symbolNames(table);
      },
    });
  const a = await read(pathA, nameA, 'a');
  const b = await read(pathB, nameB, 'b');
  const { exitOn, severity: least, json } = options;
  const comparison = compare(a, b, { ...filter, symbolNames: [named.a, named.b] });
  const found = comparison.severity;
  if (found && exitOn !== 'never' && reaches(found, exitOn)) process.exitCode = EXIT.no;
  if (!json) return print(comparisonText(comparison, { ...(await pageFor(options)), least }));
  const shown = comparison.differences.filter((one) => reaches(one.severity, least ?? 'detail'));
  return printJson({ ...comparison, differences: shown });
}

/** The words of a filter, which must name something. */
function checked(text: string | undefined): string[] {
  const words = (text ?? '').split(',').filter(Boolean);
  const strange = words.find((word) => !canName(word));
  if (strange === undefined) return words;
  throw new CommandFailure(
    `there is no section or entry '${strange}'`,
    `name an entry, a section (${sectionNames.join(', ')}), or one value, e.g. linux.init_size`,
  );
}
