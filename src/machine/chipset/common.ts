import { PostCode } from '../devices/post-code.js';
import { Rtc } from '../devices/rtc.js';
import { Uart16550 } from '../devices/uart16550.js';
import type { Board, BoardDevice } from './board.js';

/** Order levels of board devices: interrupt controllers, then clocks, then the rest. */
export const level = { interrupts: 0, clocks: 1, others: 2 } as const;

export const com1: BoardDevice = {
  id: 'com1',
  order: level.others,
  build: (board: Board) => new Uart16550('com1', 0x3f8, board.isaLine(4), board.options.onConsoleByte),
};

export const rtc: BoardDevice = {
  id: 'rtc',
  order: level.clocks,
  build: (board: Board) => new Rtc(board.clock, board.replaceableLine(8), board.wallClockStart, board.memory),
};

export const postCode: BoardDevice = { id: 'post-code', order: level.others, build: () => new PostCode() };
