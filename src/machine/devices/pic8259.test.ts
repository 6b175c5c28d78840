import { expect, test } from 'vitest';
import { Pic8259 } from './pic8259.js';

function machine() {
  const pic = new Pic8259();
  const write = (port: number, ...values: number[]) => {
    for (const value of values) pic.out(port, 1, value);
  };
  const read = (port: number) => pic.in(port, 1);
  /** As Linux's init_8259A does it, with everything unmasked. */
  const initialise = (icw4 = 0x01) => {
    write(0x20, 0x11);
    write(0x21, 0x30, 0x04, icw4);
    write(0xa0, 0x11);
    write(0xa1, 0x38, 0x02, icw4);
    write(0x21, 0);
    write(0xa1, 0);
  };
  const pulse = (irq: number) => {
    pic.setInput(irq, false);
    pic.setInput(irq, true);
  };
  return { pic, write, read, initialise, pulse };
}

// QEMU 7.2's `info pic` when a Multiboot kernel begins: imr b8 and 8e, irq_base 08 and 70, elcr 00 and 0c.
test('power-on: as SeaBIOS leaves it', () => {
  const { pic, read, write } = machine();
  expect([read(0x21), read(0xa1), read(0x4d0), read(0x4d1)]).toEqual([0xb8, 0x8e, 0x00, 0x0c]);
  const vectors: number[] = [];
  for (let irq = 0; irq < 16; irq++) {
    if (irq === 2) continue;
    pic.setInput(irq, true);
    while (pic.pending()) {
      vectors.push(pic.acknowledge());
      write(0xa0, 0x20);
      write(0x20, 0x20);
    }
    pic.setInput(irq, false);
  }
  expect(vectors).toEqual([0x08, 0x09, 0x0e, 0x70, 0x74, 0x75, 0x76]);
});

test('Linux probes for the chip by writing and reading the mask (probe_8259A)', () => {
  const { write, read } = machine();
  write(0xa1, 0xff);
  write(0x21, 0xfb);
  expect(read(0x21)).toBe(0xfb);
});

test('edge: one interrupt an edge, none nested at or below what is in service', () => {
  const { pic, write, read, initialise, pulse } = machine();
  initialise();
  pulse(4);
  expect(pic.acknowledge()).toBe(0x34);
  expect(pic.pending()).toBe(false);
  pulse(4);
  pulse(6);
  expect(pic.pending()).toBe(false);
  pulse(1);
  expect(pic.acknowledge()).toBe(0x31);
  write(0x20, 0x0b);
  expect(read(0x20)).toBe(0x12);
  write(0x20, 0x20);
  expect(read(0x20)).toBe(0x10);
  write(0x20, 0x64);
  expect(pic.acknowledge()).toBe(0x34);
  write(0x20, 0x20);
  expect(pic.acknowledge()).toBe(0x36);
});

test('a request that goes away before it is taken leaves the spurious vector', () => {
  const { pic, initialise } = machine();
  initialise();
  pic.setInput(3, true);
  expect(pic.pending()).toBe(true);
  pic.setInput(3, false);
  expect(pic.pending()).toBe(false);
  expect(pic.acknowledge()).toBe(0x37);
});

test('cascade: both are in service, and the next slave request passes after both EOIs', () => {
  const { pic, write, read, initialise, pulse } = machine();
  initialise();
  pulse(8);
  pulse(14);
  expect(pic.acknowledge()).toBe(0x38);
  write(0x20, 0x0b);
  write(0xa0, 0x0b);
  expect([read(0x20), read(0xa0)]).toEqual([0x04, 0x01]);
  expect(pic.pending()).toBe(false);
  write(0xa0, 0x60); // specific EOI of 0, as Linux does
  write(0x20, 0x62);
  expect(pic.acknowledge()).toBe(0x3e);
});

test('automatic EOI leaves nothing in service', () => {
  const { pic, read, write, initialise, pulse } = machine();
  initialise(0x03);
  write(0x4d1, 0);
  pulse(9);
  pulse(10);
  expect(pic.acknowledge()).toBe(0x39);
  expect(pic.acknowledge()).toBe(0x3a);
  write(0x20, 0x0b);
  expect(read(0x20)).toBe(0);
  expect(pic.pending()).toBe(false);
});

test('level (ELCR): asked again while asserted', () => {
  const { pic, write, read, initialise } = machine();
  initialise();
  write(0x4d0, 0xff);
  write(0x4d1, 0xff);
  expect([read(0x4d0), read(0x4d1)]).toEqual([0xf8, 0xde]);
  pic.setInput(9, true);
  expect(pic.acknowledge()).toBe(0x39);
  write(0xa0, 0x61);
  write(0x20, 0x62);
  expect(pic.acknowledge()).toBe(0x39);
  pic.setInput(9, false);
  write(0xa0, 0x61);
  write(0x20, 0x62);
  expect(pic.pending()).toBe(false);
});

test('poll acts as the acknowledge', () => {
  const { pic, write, read, initialise, pulse } = machine();
  initialise();
  write(0x20, 0x0c);
  expect(read(0x20)).toBe(0);
  pulse(5);
  write(0x20, 0x0c);
  expect(read(0x20)).toBe(0x85);
  expect(pic.pending()).toBe(false);
});

test('special mask lets lower priorities through while a masked one is in service', () => {
  const { pic, write, initialise, pulse } = machine();
  initialise();
  pulse(1);
  pic.acknowledge();
  pulse(6);
  expect(pic.pending()).toBe(false);
  write(0x21, 0x02);
  write(0x20, 0x68);
  expect(pic.acknowledge()).toBe(0x36);
});

test('rotation makes the one just served the lowest', () => {
  const { pic, write, initialise, pulse } = machine();
  initialise();
  pulse(3);
  pic.acknowledge();
  write(0x20, 0xa0);
  pulse(3);
  pulse(4);
  expect(pic.acknowledge()).toBe(0x34);
});
