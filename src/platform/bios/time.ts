import { type BiosService, biosFunction } from './service.js';

/** Nanoseconds between two interrupts of the 8254's counter 0: 65536 at 1.193182 MHz. */
const TICK = 54_925_401;
const DAY = 86_400_000_000_000;

/** INT 1Ah: the count of ticks, which begins when the power comes on. The clock is the RTC's, and no PCI BIOS is there. */
export const time: BiosService = {
  vector: 0x1a,
  title: 'time',
  functions: [
    biosFunction('00', 'read system timer', (call) => {
      const ticks = Math.floor((call.machine.cpu.now % DAY) / TICK);
      call.setWord('RCX', ticks >>> 16);
      call.setWord('RDX', ticks & 0xffff);
      // Whether midnight has passed since anybody asked.
      call.setWord('RAX', call.ax & 0xff00);
      call.carry = false;
    }),
  ],
  otherwise(call) {
    call.carry = true;
  },
};
