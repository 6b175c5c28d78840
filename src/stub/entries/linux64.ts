import { type EntryStub, preStub64 } from './entry-stub.js';
import { zeroPage } from './zero-page.js';

/** The Linux 64-bit boot protocol: 0x200 behind the 32-bit one. */
export const linux64: EntryStub = {
  id: 'linux64',
  order: 3,
  preStub: (a) => preStub64(a, linux64, 'rsi'),
  converter: zeroPage,
};
