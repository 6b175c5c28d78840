import { columnName } from '../../boot/column-name.js';
import type { Path } from '../../compare/path.js';
import type { Learned } from '../../trace/learned/row.js';
import { type HandedOver, handedOver } from '../linux/handed-over.js';
import { type Starter, starterOf } from '../linux/starter.js';
import { readsOf } from '../reads-of.js';
import { pathCommand } from '../reproduce.js';
import type { Subject } from '../subject.js';
import type { Detected, Detector } from './detector.js';
import { droppedField } from './dropped-field.js';

/** Common code reads a field of `boot_params` that nobody has filled, though the path was given what belongs there. */
export const missingField: Detector = {
  id: 'missing-field',
  order: 4,
  severity: 'error',
  title: 'A path does not hand over what it was given',
  *detect(subject) {
    for (const path of subject.paths) {
      const starter = starterOf(path.recording);
      for (const each of handedOver) {
        if (!starter || !(starter in each.given)) continue;
        const read = unfilled(each, path);
        if (read && isGiven(each, path, starter, subject)) yield lost(each, read, path, starter, subject);
        yield* droppedField(each, path, starter, subject);
      }
    }
  },
};

/** Who first read its main field, and found nothing that anybody had written; undefined when one of its fields says something. */
function unfilled({ fields }: HandedOver, path: Path): Learned | undefined {
  const reads = fields.flatMap((field) => readsOf(path, 'boot_params', field));
  const main = reads.find(({ field }) => field === fields[0]);
  const isFilled = reads.some(({ writtenBy, value }) => writtenBy !== null || !isZero(value));
  return isFilled ? undefined : main;
}

const isZero = (value: string | null): boolean => value !== null && /^0x0+$/.test(value);

function isGiven(each: HandedOver, path: Path, starter: Starter, { paths }: Subject): boolean {
  const { given, fields, proof } = each;
  const where = given[starter];
  if (where == null) return where === null;
  const own = where[0] === 'boot_params' ? [] : readsOf(path, ...where);
  if (own.length > 0) return own.some(({ value }) => !isZero(value));
  // Nobody looked. All paths are booted with the same things.
  const isRead = ({ recording: { learned } }: Path): boolean =>
    learned.some(({ source }) => source === proof);
  return (
    paths.some(isRead) ||
    paths.some((other) => readsOf(other, 'boot_params', fields[0]!).some(({ value }) => !isZero(value)))
  );
}

function lost(
  { fields, given, severity, breaks, source }: HandedOver,
  read: Learned,
  path: Path,
  starter: Starter,
  subject: Subject,
): Detected {
  const { functions, boot } = path.recording;
  const reader = functions.name[read.function]!;
  const where = given[starter];
  const from = where && where[0] !== 'boot_params' ? `${where.join('.')}, ` : '';
  const taken = from && readsOf(path, ...where!).map((row) => functions.name[row.function]!)[0];
  const origin = from && (taken ? `${from}which ${taken} read, ` : `${from}which nobody read, `);
  return {
    severity,
    entry: columnName(boot),
    function: reader,
    instruction: read.instruction,
    message: `${reader} reads boot_params.${fields[0]}, which nobody on this path has written: ${origin}${origin && 'is not handed over, and '}${breaks} (${source}).`,
    other: filledBy(fields[0]!, path, subject),
    confidence: severity === 'note' ? 'possible' : 'likely',
    reproduce: pathCommand('trace', subject, path, [`--until ${reader}`]),
  };
}

/** Which other paths had it filled, and by whom. */
function filledBy(field: string, path: Path, { paths }: Subject): string | null {
  const told = paths.flatMap((other) => {
    const row = other === path ? undefined : readsOf(other, 'boot_params', field)[0];
    const { boot } = other.recording;
    return row && !isZero(row.value)
      ? [`${columnName(boot)} has ${row.value} there, of the ${row.writtenBy}`]
      : [];
  });
  return told.length > 0 ? `${told.join('; ')}.` : null;
}
