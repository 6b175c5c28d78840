import { type BiosService, biosFunction } from './service.js';

/** Offset of the line control register among a 16550's ports. */
const LINE_CONTROL = 3;

/**
 * INT 10h. There is no display: what is written to it goes to the serial console, as firmware redirects it, until the program has
 * set up that port for itself and so writes there what it has to say. All else does nothing, as without an adapter.
 */
export const video: BiosService = {
  vector: 0x10,
  title: 'video',
  functions: [
    biosFunction('0e', 'teletype output', ({ machine, al }) => {
      const { bus, serial } = machine.chipset;
      const com1 = serial.ports[0]!.first;
      if (bus.in(com1 + LINE_CONTROL, 1) === 0) bus.out(com1, 1, al);
    }),
  ],
  otherwise: () => {},
};
