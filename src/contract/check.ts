import { columnName } from '../boot/column-name.js';
import { detectors } from './detectors/detectors.js';
import type { Found } from './found.js';
import type { ReadContract } from './language/contract.js';
import { judge } from './language/judge.js';
import { underContract, vanished } from './language/under.js';
import { commandLine, pathCommand, quoted } from './reproduce.js';
import type { Subject } from './subject.js';

/**
 * All that is wrong with an image and its boots: rules on images first, then the detectors in the order of their table, then the
 * rules of the contract.
 */
export function check(subject: Subject, contract?: ReadContract): Found[] {
  const found = [...imageFindings(subject), ...detections(subject)];
  if (!contract) return found;
  const all = [...found, ...judge(subject, contract)];
  return [...underContract(all, contract.contract), ...missed(all, subject, contract)];
}

/** What a contract expects, and nothing finds on paths that were booted. */
function missed(found: readonly Found[], subject: Subject, { file, contract }: ReadContract): Found[] {
  const booted = new Set(subject.paths.map(({ recording }) => columnName(recording.boot)));
  const sought = vanished(found, contract).filter(({ entry }) => entry === undefined || booted.has(entry));
  return sought.map(({ rule, entry, function: name, because }) => ({
    rule,
    severity: 'note',
    entry: entry ?? null,
    function: name ?? null,
    instruction: null,
    message: `${file} expects this finding, and there is none any more. By design: ${because}`,
    other: null,
    confidence: 'certain',
    reproduce: commandLine('check', subject, [`--contract ${quoted(file)}`]),
  }));
}

function imageFindings(subject: Subject): Found[] {
  const reproduce = commandLine('inspect', { ...subject, options: '' }, []);
  return subject.image.findings.map(({ rule, severity, message }) => ({
    rule,
    severity,
    entry: null,
    function: null,
    instruction: null,
    message,
    other: null,
    confidence: 'certain',
    reproduce,
  }));
}

function detections(subject: Subject): Found[] {
  return detectors.flatMap((detector) =>
    [...detector.detect(subject)].map((detected) => ({
      rule: detector.id,
      severity: detected.severity ?? detector.severity,
      entry: detected.entry,
      function: detected.function,
      instruction: detected.instruction,
      message: detected.message,
      other: detected.other,
      confidence: detected.confidence,
      reproduce: detected.reproduce ?? reproduction(subject, detected.entry),
    })),
  );
}

/** Boots the path that a finding is about. */
function reproduction(subject: Subject, entry: string | null): string {
  const path = subject.paths.find(({ recording }) => columnName(recording.boot) === entry);
  return path ? pathCommand('boot', subject, path) : commandLine('check', subject, []);
}
