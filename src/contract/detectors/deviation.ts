import { columnName } from '../../boot/column-name.js';
import { entries } from '../../entry/entries.js';
import { firstNames } from '../first-names.js';
import { pathCommand } from '../reproduce.js';
import type { Subject } from '../subject.js';
import type { Varied } from '../vary/varied.js';
import type { Detected } from './detector.js';

/** Functions that a message names. */
const NAMED = 6;

/** What a detector says of a boot that its start of day made differ. */
export function deviation(subject: Subject, { path, seed, choices, difference, until }: Varied): Detected {
  const { freedom = {} } = entries.find(({ id }) => id === path.recording.boot.entry)!;
  const given = choices.map(({ title }) => title).join(' and ');
  const clauses = [...new Set(choices.map((choice) => choice.clause(freedom)))].join('; ');
  const open = `${choices.length > 1 ? 'Each is' : 'That is'} the loader's to choose (${clauses}).`;
  const stop = until === undefined || / --until\b/.test(subject.options) ? [] : [`--until ${until}`];
  const vary = `--vary ${seed}:${choices.map(({ id }) => id).join()}`;
  const { waypoints, reason } = path.recording;
  const gets = until !== undefined && waypoints.some(({ name }) => name === until);
  const usual = gets ? `As usual, it gets to ${until}.` : `As usual: ${reason}`;
  const common = { entry: columnName(path.recording.boot) };
  if (difference.kind === 'end') {
    return {
      ...common,
      function: difference.function,
      instruction: difference.instruction,
      message: `With ${given} the boot ends otherwise: ${difference.reason} ${open}`,
      other: usual,
      confidence: 'certain',
      reproduce: pathCommand('boot', subject, path, [vary, ...stop]),
    };
  }
  if (difference.kind === 'registers') {
    const { registers } = difference;
    const values = (of: 'plain' | 'varied'): string =>
      registers.map((register) => `${register.name.toUpperCase()} is ${register[of]}`).join(', ');
    return {
      ...common,
      function: until ?? null,
      instruction: null,
      message: `With ${given} the kernel gets to ${until}, and there ${values('varied')}. ${open}`,
      other: `As usual, ${values('plain')}.`,
      confidence: 'certain',
      reproduce: pathCommand('trace', subject, path, [vary, ...stop]),
    };
  }
  const { missing, added } = difference;
  const parts = [
    ...(missing.length > 0 ? [`${firstNames(missing, NAMED)} did not run`] : []),
    ...(added.length > 0 ? [`${firstNames(added, NAMED)} ran in addition`] : []),
  ];
  return {
    ...common,
    severity: 'warning',
    function: missing[0] ?? added[0]!,
    instruction: null,
    message: `With ${given} other functions run before ${until ?? 'the end'}: ${parts.join(', ')}. ${open}`,
    other: null,
    confidence: 'likely',
    reproduce: pathCommand('trace', subject, path, [vary, ...stop]),
  };
}
