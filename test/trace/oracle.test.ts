import { describe, expect } from 'vitest';
import { openImage } from '../../src/image/open.js';
import type { Recording } from '../../src/trace/recording.js';
import { trace } from '../../src/trace/trace.js';
import { agreement, entryOf, unexpected } from '../../tools/oracle/paths/compare.js';
import { readRecorded } from '../../tools/oracle/paths/recorded.js';
import { sha256 } from '../../tools/oracle/record.js';
import { corpusTest } from '../outside.js';

const recorded = readRecorded();

describe('functions up to start_kernel, their order and how often they run are those that QEMU saw', () => {
  for (const kernel of new Set(recorded.map((each) => each.kernel))) {
    corpusTest(
      'BIOS, PVH, OVMF and Xen',
      kernel,
      [],
      async ({ data }) => {
        const image = await openImage(data);
        const recordings = new Map<string, Recording>();
        const paths = recorded.filter((each) => each.kernel === kernel);
        expect(paths.map(({ way }) => way).sort()).toEqual(['efi', 'linux16', 'pvh', 'xen-pv']);
        for (const path of paths) {
          const entry = entryOf[path.way];
          expect(path.sha256).toBe(sha256(data));
          let recording = recordings.get(entry);
          if (!recording) {
            const options = { entry, until: 'start_kernel', append: 'nokaslr', memory: 512 } as const;
            ({ recording } = await trace(image, options));
            recordings.set(entry, recording);
          }
          expect(unexpected(agreement(recording, path), path.way), path.way).toEqual([]);
        }
      },
      300_000,
    );
  }
});
