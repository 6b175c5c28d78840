import { columnName } from '../../boot/column-name.js';
import type { Path } from '../../compare/path.js';
import { nameAll } from '../name-all.js';
import { pathCommand } from '../reproduce.js';
import type { Detector } from './detector.js';

/** What code had set before `.bss` and `.brk` are cleared is lost. */
export const writeBeforeClear: Detector = {
  id: 'write-before-clear',
  order: 4,
  severity: 'error',
  title: 'Data is set before the memory it lies in is cleared',
  *detect(subject) {
    for (const path of subject.paths) {
      for (const { object, section, bytes, instruction, again } of path.recording.wipes) {
        const setter = setterOf(path, object, instruction);
        const others = subject.paths.filter(
          (other) =>
            other !== path && !other.recording.wipes.some((wipe) => wipe.object === object && !wipe.again),
        );
        const what = object === null ? `Memory in ${section}` : `${object} in ${section}`;
        const by = setter === undefined ? 'this path' : setter;
        yield {
          severity: again ? 'note' : 'error',
          entry: columnName(path.recording.boot),
          function: setter ?? 'clear_bss',
          instruction,
          message: again
            ? `${what} is set by ${by}, cleared by clear_bss, and set again to the same before start_kernel.`
            : `${what} is set by ${by} (${bytes} bytes that are not zero), then clear_bss wipes it, and it is not so again at start_kernel: what was found out is lost.`,
          other: others.length > 0 ? `${nameAll(others)}: nothing of it is wiped.` : null,
          confidence: again ? 'possible' : 'certain',
          reproduce: pathCommand('trace', subject, path, ['--until start_kernel', '--format json']),
        };
      }
    }
  },
};

/** Who set a variable, of those that a recording follows. */
function setterOf({ recording }: Path, object: string | null, before: number): string | undefined {
  const setting = recording.settings.find(
    ({ variable, instruction }) => variable === object && instruction < before,
  );
  return setting && recording.functions.name[setting.function];
}
