import { type EntryStub, preStub32 } from './entry-stub.js';
import { zeroPage } from './zero-page.js';

/**
 * The Linux 16-bit boot protocol: the real-mode setup code (image/real-mode-setup.ts) fills a zero page, enters protected mode and
 * jumps here.
 */
export const linux16: EntryStub = {
  id: 'linux16',
  order: 1,
  preStub: (a) => preStub32(a, linux16, 'rsi'),
  converter: zeroPage,
};
