import { describe, expect } from 'vitest';
import { openImage } from '../../src/image/open.js';
import { lockstep } from '../../tools/lockstep/lockstep.js';
import { corpusTest } from '../outside.js';

/**
 * The translator changes nothing: the same state at every million instructions. `npm run lockstep` does it for whole
 * boots of the whole corpus; here the beginnings of some, with a threshold low enough that nearly all that runs twice is
 * translated.
 */
describe('translated and interpreted boots have the same state', () => {
  for (const [id, entry] of [
    ['debian-13-cloud-amd64', 'pvh'],
    ['debian-12-cloud-amd64', 'linux64'],
    ['debian-12-cloud-amd64', 'xen-pv'],
    ['debian-11-686-pae', 'pvh'],
  ] as const) {
    corpusTest(
      `${id} through ${entry}`,
      id,
      [],
      async ({ data }) => {
        const image = await openImage(data);
        const result = await lockstep(
          image,
          { entry },
          { memory: 128 },
          { step: 1e6, until: 40e6, translate: { threshold: 8 } },
        );
        expect(result).toMatchObject({ differs: undefined, compared: 40, stop: 'budget' });
        expect(result.statistics.regions).toBeGreaterThan(20);
      },
      300_000,
    );
  }
});
