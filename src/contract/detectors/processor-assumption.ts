import { columnName } from '../../boot/column-name.js';
import type { Path } from '../../compare/path.js';
import { isOfProcessor } from '../../entry/start/vary/choices.js';
import { nameAll } from '../name-all.js';
import { pathCommand } from '../reproduce.js';
import type { Subject } from '../subject.js';
import type { Detected, Detector } from './detector.js';
import { deviation } from './deviation.js';

/** Early code takes for granted what not every processor has, or what nobody has switched on. */
export const processorAssumption: Detector = {
  id: 'processor-assumption',
  order: 6,
  severity: 'error',
  title: 'A boot depends on the maker or the features of the processor',
  *detect(subject) {
    for (const path of subject.paths) {
      const lack = diedOfLack(path, subject);
      if (lack) yield lack;
    }
    for (const varied of subject.variations) {
      if (varied.choices.every(isOfProcessor)) yield deviation(subject, varied);
    }
  },
};

/** Reasons of an autopsy for a fault of the kernel's that blame what the processor has, or the state it is in (`Fault.reason`). */
const lacks = [
  /this processor (profile )?(does not have|has no)/,
  /EFER\.LME asks for long mode, whose paging needs CR4\.PAE/,
  /CR4\.PAE is set, and .* there are no page tables for that/,
];

function diedOfLack(path: Path, subject: Subject): Detected | undefined {
  const { verdict, autopsy, boot } = path.recording;
  const fault = autopsy?.fault;
  if (verdict !== 'failed' || !fault || fault.user) return undefined;
  if (!lacks.some((lack) => lack.test(fault.reason ?? ''))) return undefined;
  const others = subject.paths.filter(({ recording }) => recording.verdict !== 'failed');
  const where = `${fault.function ?? 'Code'}${fault.code ? `, '${fault.code.text}'` : ''}`;
  return {
    entry: columnName(boot),
    function: fault.function,
    instruction: fault.instruction,
    message: `${where}, takes for granted what is not so here, and the boot ends there (${fault.name}): ${fault.reason}.`,
    other: others.length > 0 ? `${nameAll(others)} got there.` : null,
    confidence: 'certain',
    reproduce: pathCommand('boot', subject, path),
  };
}
