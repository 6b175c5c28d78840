import type { BiosCall } from './call.js';
import { type BiosService, biosFunction } from './service.js';

/** Nothing can come, so that whoever waits does so for ever. */
function readKey({ machine }: BiosCall): void {
  machine.end('dead-halt', 'the program waits for a key (INT 16h), and there is no keyboard');
}

function noKey(call: BiosCall): void {
  call.zero = true;
}

/** INT 16h: a keyboard on which nobody types. */
export const keyboard: BiosService = {
  vector: 0x16,
  title: 'keyboard',
  functions: [
    biosFunction('00', 'read key', readKey),
    biosFunction('10', 'read key of an enhanced keyboard', readKey),
    biosFunction('01', 'look for a key', noKey),
    biosFunction('11', 'look for a key of an enhanced keyboard', noKey),
    biosFunction('02', 'shift flags', (call) => call.setWord('RAX', call.ax & 0xff00)),
  ],
  otherwise: () => {},
};
