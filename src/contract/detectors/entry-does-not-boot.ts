import { columnName } from '../../boot/column-name.js';
import type { Path } from '../../compare/path.js';
import { nameAll } from '../name-all.js';
import { whyEnded } from '../why-ended.js';
import type { Detector } from './detector.js';

/** The image offers an entry, and a boot through it does not get where one is to get: header or note claim too much. */
export const entryDoesNotBoot: Detector = {
  id: 'entry-does-not-boot',
  order: 1,
  severity: 'error',
  title: 'A boot through an entry that the image offers fails',
  *detect({ paths }) {
    for (const path of paths) {
      const { verdict, autopsy, instructions, boot } = path.recording;
      if (verdict !== 'failed') continue;
      yield {
        entry: columnName(boot),
        function: autopsy?.function ?? null,
        instruction: autopsy?.instruction ?? instructions,
        message: whyEnded(path.recording),
        other: othersThat(paths),
        confidence: 'certain',
      };
    }
  },
};

function othersThat(paths: readonly Path[]): string | null {
  const good = paths.filter(({ recording }) => recording.verdict !== 'failed');
  return good.length === 0 ? null : `${nameAll(good)} got there.`;
}
