import { columnName } from '../../src/boot/column-name.js';
import { Path } from '../../src/compare/path.js';
import type { Subject } from '../../src/contract/subject.js';
import type { Offer } from '../../src/entry/entry.js';
import type { Recording } from '../../src/trace/recording.js';

/** What a check looks at: recordings of one image. */
export function craftSubject(recordings: readonly Recording[], offers: readonly Offer[] = []): Subject {
  return {
    image: { name: 'vmlinuz', file: 'boot/vmlinuz', findings: [], offers },
    paths: recordings.map((recording) => new Path(columnName(recording.boot), recording)),
    variations: [],
    options: '',
  };
}
