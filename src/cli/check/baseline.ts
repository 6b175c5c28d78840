import { readFileSync } from 'node:fs';
import { type Baseline, baselineOf, type CountedEntry } from '../../contract/baseline.js';
import type { Checked } from '../../report/check.js';
import { CommandFailure } from '../failure.js';
import { writeOutput } from '../write-output.js';

const hint = 'zeropage check --write-baseline writes one';

/** Reads what --write-baseline wrote. */
export function readBaseline(path: string): Baseline {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new CommandFailure(`the baseline cannot be read: ${(error as Error).message}`, hint, path);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new CommandFailure(`the baseline is no JSON: ${(error as Error).message}`, hint, path);
  }
  if (!isBaseline(value)) {
    throw new CommandFailure('this is no baseline as schema/baseline.schema.json describes it', hint, path);
  }
  return value;
}

const isBaseline = (value: unknown): value is Baseline =>
  isObject(value) &&
  value.schemaVersion === 1 &&
  Array.isArray(value.findings) &&
  value.findings.every(isEntry);

function isEntry(value: unknown): value is CountedEntry {
  if (!isObject(value)) return false;
  const { rule, entry, function: name, count } = value;
  const isName = (one: unknown): boolean => one === null || typeof one === 'string';
  return typeof rule === 'string' && isName(entry) && isName(name) && Number.isSafeInteger(count);
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

/** Records what was found; a baseline of images of which a part could not be judged would forget what that part has. */
export async function writeBaseline(path: string, checked: Checked): Promise<void> {
  const lost = checked.images.some(
    ({ problem, paths }) => problem !== null || paths.some((one) => one.problem !== null),
  );
  if (lost) {
    throw new CommandFailure(
      'the baseline is not written, for not everything could be judged',
      'name only images that can be booted, and with --entry the entries that can be',
      path,
    );
  }
  await writeOutput(path, `${JSON.stringify(baselineOf(checked.findings), undefined, 2)}\n`, 'text');
}
