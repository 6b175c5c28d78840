import { type EntryStub, preStub32 } from './entry-stub.js';
import { zeroPage } from './zero-page.js';

/** The Linux 32-bit boot protocol: the first byte of the protected-mode code. */
export const linux32: EntryStub = {
  id: 'linux32',
  order: 2,
  preStub: (a) => preStub32(a, linux32, 'rsi'),
  converter: zeroPage,
};
