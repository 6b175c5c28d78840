import { columnName } from '../../boot/column-name.js';
import type { Path } from '../../compare/path.js';
import { meeting, meetingPoint } from '../../trace/before.js';
import type { HandedOver } from '../linux/handed-over.js';
import type { Starter } from '../linux/starter.js';
import { readsOf } from '../reads-of.js';
import { pathCommand } from '../reproduce.js';
import type { Subject } from '../subject.js';
import type { Detected } from './detector.js';

/**
 * What a path is always given, and has not looked at where paths meet, while whoever will be asked for it has only the field of
 * `boot_params` to look at: it cannot have been handed over. In a boot that went on, who misses it shows that better.
 */
export function* droppedField(
  { fields, given, asked, severity, breaks, source }: HandedOver,
  path: Path,
  starter: Starter,
  subject: Subject,
): Iterable<Detected> {
  const where = given[starter];
  if (!asked || !where || where[0] === 'boot_params') return;
  const { table, member, by } = asked;
  const isRead = [where, ['boot_params', fields[0]!] as const].some(
    (each) => readsOf(path, ...each).length > 0,
  );
  if (isRead || operation(path, asked) !== by) return;
  const other = subject.paths.find((each) => ![undefined, null, by].includes(operation(each, asked)));
  yield {
    severity,
    entry: columnName(path.recording.boot),
    function: by,
    instruction: meetingPoint(path.recording),
    message: `Nobody has read ${where.join('.')} before ${meeting}, so that it cannot be in boot_params.${fields[0]}, and ${table}.${member} is ${by}, which looks nowhere else: ${breaks} (${source}).`,
    other: other ? `On ${columnName(other.recording.boot)} it is ${operation(other, asked)}.` : null,
    confidence: 'likely',
    reproduce: pathCommand('trace', subject, path, [`--until ${meeting}`]),
  };
}

/** What an operation is where paths meet; undefined where that was not seen. */
function operation(
  { recording: { states } }: Path,
  { table, member }: NonNullable<HandedOver['asked']>,
): string | null | undefined {
  const state = states.find(({ waypoint }) => waypoint === meeting);
  const ops = state?.tables.find((each) => each.table === table)?.ops;
  return ops?.find((op) => op.member === member)?.target;
}
