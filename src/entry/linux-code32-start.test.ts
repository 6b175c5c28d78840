import { expect, test } from 'vitest';
import { craftBzImage } from '../../test/craft/bzimage.js';
import { openImage } from '../image/open.js';
import { offers } from './entries.js';

const offered = async (code32_start: number): Promise<string[]> =>
  offers(await openImage(craftBzImage({ header: { code32_start } })))
    .filter((offer) => offer.offered)
    .map(({ id }) => id);

test('a bzImage without an address of 32-bit code, as iPXE is, is entered in real mode only', async () => {
  expect(await offered(0)).toEqual(['linux16']);
  expect(await offered(0x100000)).toEqual(['linux16', 'linux32', 'linux64']);
});
