import { expect, test } from 'vitest';
import { Clock } from '../clock.js';
import { InterruptLine } from './interrupt-line.js';
import { Rtc } from './rtc.js';

const second = 1_000_000_000;
const start = Date.UTC(2027, 11, 31, 23, 59, 58) / 1000;

function machine(memory = { low: 512 << 20, high: 0 }) {
  const clock = new Clock();
  const line = new InterruptLine();
  const rtc = new Rtc(clock, line, start, memory);
  const read = (index: number) => {
    rtc.out(0x70, 1, index);
    return rtc.in(0x71, 1);
  };
  const write = (index: number, value: number) => {
    rtc.out(0x70, 1, index);
    rtc.out(0x71, 1, value);
  };
  const time = () =>
    [0x32, 9, 8, 7, 4, 2, 0].map((index) => read(index).toString(16).padStart(2, '0')).join(' ');
  return { clock, line, read, write, time };
}

test('time goes on in BCD with the virtual clock, over the end of a year', () => {
  const { clock, read, time } = machine();
  expect(time()).toBe('20 27 12 31 23 59 58');
  clock.advanceTo(2 * second - 1);
  expect(time()).toBe('20 27 12 31 23 59 59');
  clock.advanceTo(2 * second);
  expect(time()).toBe('20 28 01 01 00 00 00');
  expect(read(6)).toBe(7); // Saturday
  expect(read(0x0d)).toBe(0x80);
});

test('UIP warns 244 µs before the registers change', () => {
  const { clock, read } = machine();
  expect(read(0x0a)).toBe(0x26);
  clock.advanceTo(second - 244_001);
  expect(read(0x0a)).toBe(0x26);
  clock.advanceTo(second - 244_000);
  expect(read(0x0a)).toBe(0xa6);
  clock.advanceTo(second);
  expect(read(0x0a)).toBe(0x26);
});

test('binary and twelve-hour modes', () => {
  const { clock, read, write } = machine();
  write(0x0b, 0x04);
  clock.advanceTo(second);
  expect([read(4), read(2), read(0)]).toEqual([0x80 | 11, 59, 59]);
  clock.advanceTo(2 * second);
  expect(read(4)).toBe(12);
});

test('Linux sets the time: SET, divider reset, registers, release (mc146818_set_time)', () => {
  const { clock, read, write, time } = machine();
  clock.advanceTo(0.3 * second);
  write(0x0b, 0x82);
  write(0x0a, 0x66);
  for (const [index, value] of [
    [9, 0x30],
    [8, 0x06],
    [7, 0x15],
    [4, 0x12],
    [2, 0x34],
    [0, 0x56],
  ] as const)
    write(index, value);
  clock.advanceTo(10 * second);
  expect(time()).toBe('20 30 06 15 12 34 56');
  write(0x0b, 0x02);
  write(0x0a, 0x26);
  // The first update comes half a second later.
  clock.advanceTo(10.5 * second - 1);
  expect(time()).toBe('20 30 06 15 12 34 56');
  clock.advanceTo(10.5 * second);
  expect(time()).toBe('20 30 06 15 12 34 57');
  expect(read(0x0a)).toBe(0x26);
});

test('update interrupts: level until register C is read', () => {
  const { clock, line, read, write } = machine();
  read(0x0c);
  write(0x0b, 0x12);
  expect(clock.nextEvent()).toBe(second);
  clock.advanceTo(second);
  expect(line.level).toBe(true);
  clock.advanceTo(3 * second);
  expect(read(0x0c) & 0x90).toBe(0x90);
  expect(line.level).toBe(false);
  expect(clock.nextEvent()).toBe(4 * second);
  write(0x0b, 0x02);
  expect(clock.nextEvent()).toBe(Number.POSITIVE_INFINITY);
});

test('periodic interrupts at 1024 Hz on the crystal', () => {
  const { clock, line, read, write } = machine();
  read(0x0c);
  write(0x0b, 0x42);
  for (let n = 1; n <= 2048; n++) {
    clock.advanceTo(clock.nextEvent());
    expect(clock.now).toBe(Math.ceil((n * second) / 1024));
    expect(line.level).toBe(true);
    read(0x0c);
  }
});

test('flags are set without their enables, and an enable finds them', () => {
  const { clock, line, read, write } = machine();
  read(0x0c);
  expect(read(0x0c)).toBe(0);
  clock.advanceTo(second);
  write(0x0b, 0x12);
  expect(line.level).toBe(true);
  expect(read(0x0c)).toBe(0xd0);
});

test('the alarm: exact, with wildcards, and only from its setting on', () => {
  const { clock, line, read, write } = machine();
  clock.advanceTo(10 * second); // 00:00:08
  read(0x0c);
  write(5, 0x00);
  write(3, 0x02);
  write(1, 0x03);
  write(0x0b, 0x22);
  expect(clock.nextEvent()).toBe((2 + 123) * second);
  clock.advanceTo(125 * second);
  expect(line.level).toBe(true);
  expect(read(0x0c) & 0xa0).toBe(0xa0);
  write(5, 0xff);
  write(3, 0xff);
  expect(clock.nextEvent()).toBe((125 + 60) * second);
  write(1, 0x01); // already past in this minute
  expect(line.level).toBe(false);
  expect(clock.nextEvent()).toBe((125 + 58) * second);
});

test('memory sizes where a BIOS leaves them', () => {
  const { read } = machine({ low: 3 * 2 ** 30, high: 5 * 2 ** 30 });
  const value = (...indexes: number[]) => indexes.reduce((sum, index, i) => sum + read(index) * 256 ** i, 0);
  expect(value(0x15, 0x16)).toBe(640);
  expect(value(0x17, 0x18)).toBe(0xffff);
  expect(value(0x34, 0x35) * 0x10000).toBe(3 * 2 ** 30 - 0x1000000);
  expect(value(0x5b, 0x5c, 0x5d) * 0x10000).toBe(5 * 2 ** 30);
});
