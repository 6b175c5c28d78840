import { columnName } from '../../boot/column-name.js';
import type { Path } from '../../compare/path.js';
import type { Detector } from './detector.js';

/** The image offers an entry, and a boot through it does not get where one is to get: header or note claim too much. */
export const entryDoesNotBoot: Detector = {
  id: 'entry-does-not-boot',
  order: 1,
  severity: 'error',
  title: 'A boot through an entry that the image offers fails',
  *detect({ paths }) {
    for (const path of paths) {
      const { verdict, autopsy, reason, instructions, boot } = path.recording;
      if (verdict !== 'failed') continue;
      yield {
        entry: columnName(boot),
        function: autopsy?.function ?? null,
        instruction: autopsy?.instruction ?? instructions,
        message: autopsy ? `${reason} ${sentence(autopsy.cause)}` : reason,
        other: othersThat(paths),
        confidence: 'certain',
      };
    }
  },
};

const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;

function othersThat(paths: readonly Path[]): string | null {
  const good = paths.filter(({ recording }) => recording.verdict !== 'failed');
  if (good.length === 0) return null;
  return `${good.map(({ recording }) => columnName(recording.boot)).join(', ')} got there.`;
}
