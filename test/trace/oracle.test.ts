import { describe, expect } from 'vitest';
import { agreement, entryOf, unexpected } from '../../tools/oracle/paths/compare.js';
import { readRecorded } from '../../tools/oracle/paths/recorded.js';
import { sha256 } from '../../tools/oracle/record.js';
import { corpusTest } from '../outside.js';
import { recorded } from './recorded.js';

const seen = readRecorded();

describe('functions up to start_kernel, their order and how often they run are those that QEMU saw', () => {
  for (const kernel of new Set(seen.map((each) => each.kernel))) {
    corpusTest(
      'BIOS, PVH, OVMF and Xen',
      kernel,
      [],
      async ({ data }) => {
        const paths = seen.filter((each) => each.kernel === kernel);
        expect(paths.map(({ way }) => way).sort()).toEqual(['efi', 'linux16', 'pvh', 'xen-pv']);
        for (const path of paths) {
          const entry = entryOf[path.way];
          expect(path.sha256).toBe(sha256(data));
          const recording = await recorded(kernel, { entry, until: 'start_kernel' });
          expect(unexpected(agreement(recording, path), path.way), path.way).toEqual([]);
        }
      },
      300_000,
    );
  }
});
