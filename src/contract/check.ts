import { columnName } from '../boot/column-name.js';
import { detectors } from './detectors/detectors.js';
import type { Found } from './found.js';
import { commandLine, pathCommand } from './reproduce.js';
import type { Subject } from './subject.js';

/** All that is wrong with an image and its boots: rules on images first, then the detectors in the order of their table. */
export function check(subject: Subject): Found[] {
  return [...imageFindings(subject), ...detections(subject)];
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
