import { describe, expect, test } from 'vitest';
import { I8042 } from './i8042.js';
import { InterruptLine } from './interrupt-line.js';

function machine() {
  let resets = 0;
  const edges: number[] = [];
  const line = (irq: number) => {
    const wire = new InterruptLine();
    wire.connect((level) => level && edges.push(irq));
    return wire;
  };
  const controller = new I8042(() => resets++, line(1), line(12));
  const status = () => controller.in(0x64, 1);
  const command = (...values: number[]) => {
    controller.out(0x64, 1, values[0]!);
    for (const value of values.slice(1)) controller.out(0x60, 1, value);
  };
  const write = (value: number) => controller.out(0x60, 1, value);
  /** All that waits, with bit 8 on what is the mouse's. */
  const read = () => {
    const bytes: number[] = [];
    for (let now = status(); now & 1; now = status())
      bytes.push(controller.in(0x60, 1) | ((now & 0x20) << 3));
    return bytes;
  };
  return { controller, status, command, write, read, edges, resets: () => resets };
}

// The values are those of QEMU 7.2 behind SeaBIOS, accessed in this order from its monitor.
test('what QEMU answers', () => {
  const { status, command, write, read } = machine();
  const asked = (...values: number[]) => {
    command(...values);
    return read();
  };
  const said = (value: number) => {
    write(value);
    return read();
  };
  expect(status()).toBe(0x1c);
  expect(asked(0x20)).toEqual([0x61]);
  expect(asked(0xaa)).toEqual([0x55]);
  expect(asked(0xab)).toEqual([0]);
  expect(asked(0xa9)).toEqual([0]);
  expect(asked(0xa8)).toEqual([]);
  expect(asked(0x20)).toEqual([0x41]);
  expect(asked(0xd0)).toEqual([0xcf]);
  expect(asked(0xc0)).toEqual([0x80]);
  expect(said(0xf2)).toEqual([0xfa, 0xab, 0x41]);
  expect(said(0xff)).toEqual([0xfa, 0xaa]);
  command(0xd3, 0x5a);
  expect(status()).toBe(0x3d);
  expect(read()).toEqual([0x15a]);
  expect(asked(0xd4, 0xff)).toEqual([0x1fa, 0x1aa, 0x100]);
  expect(asked(0xd4, 0xf2)).toEqual([0x1fa, 0x100]);
  expect(said(0xee)).toEqual([0xee]);
  expect(said(0xf5)).toEqual([0xfa]);
  expect(said(0xab)).toEqual([0xfe]);
  expect(asked(0xa1)).toEqual([]);
  expect(asked(0xa7)).toEqual([]);
  expect(asked(0x20)).toEqual([0x61]);
  expect(asked(0xad)).toEqual([]);
  expect(asked(0x20)).toEqual([0x71]);
});

test('an empty buffer reads as the last byte again', () => {
  const { controller, write } = machine();
  write(0xee);
  expect([1, 2].map(() => controller.in(0x60, 1))).toEqual([0xee, 0xee]);
});

test('every byte is an edge of its own interrupt, if the command byte lets it', () => {
  const { command, write, read, edges } = machine();
  write(0xf2);
  read();
  expect(edges).toEqual([1, 1, 1]);
  command(0xd3, 0xa5);
  read();
  expect(edges).toEqual([1, 1, 1]);
  // Linux's test of the mouse's interrupt (i8042_check_aux).
  command(0x60, 0x43);
  command(0xd3, 0xa5);
  expect(edges).toEqual([1, 1, 1, 12]);
  read();
  command(0x60, 0x40);
  write(0xee);
  expect(edges).toEqual([1, 1, 1, 12]);
  command(0x60, 0x41);
  expect(edges).toEqual([1, 1, 1, 12, 1]);
});

test('without translation the keyboard says what it is in its own codes', () => {
  const { command, write, read } = machine();
  command(0x60, 0x20);
  write(0xf2);
  expect(read()).toEqual([0xfa, 0xab, 0x83]);
  for (const byte of [0xf0, 0]) write(byte);
  expect(read()).toEqual([0xfa, 0xfa, 2]);
  for (const byte of [0xf0, 1, 0xf0, 0, 0xfe]) write(byte);
  expect(read()).toEqual([0xfa, 0xfa, 0xfa, 0xfa, 1, 1]);
});

test('parameters are acknowledged, and a command in their place is a command', () => {
  const { command, write, read } = machine();
  for (const byte of [0xed, 0x07, 0xf3, 0x20, 0xed, 0xf2]) write(byte);
  expect(read()).toEqual([0xfa, 0xfa, 0xfa, 0xfa, 0xfa, 0xfa, 0xab, 0x41]);
  for (const byte of [0xe8, 3, 0xf3, 100, 0xe9]) command(0xd4, byte);
  expect(read()).toEqual([0x1fa, 0x1fa, 0x1fa, 0x1fa, 0x1fa, 0x100, 0x102, 0x164]);
});

test('what nobody reads is lost after 16 bytes', () => {
  const { write, read } = machine();
  for (let i = 0; i < 40; i++) write(0xee);
  expect(read()).toHaveLength(16);
});

describe('reset', () => {
  test.each([[0xfe], [0xf0], [0xd1, 0xce]])('%i', (...values) => {
    const { command, resets } = machine();
    command(...values);
    expect(resets()).toBe(1);
  });

  test.each([[0xff], [0xfd], [0xd1, 0xcf], [0xdf]])('not by %i', (...values) => {
    const { command, resets } = machine();
    command(...values);
    expect(resets()).toBe(0);
  });
});

test('the output port shows A20', () => {
  const { command, read } = machine();
  command(0xdd);
  command(0xd0);
  command(0xdf);
  command(0xd0);
  expect(read()).toEqual([0xcd, 0xcf]);
});
