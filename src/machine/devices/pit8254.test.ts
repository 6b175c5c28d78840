import { describe, expect, test } from 'vitest';
import { Clock } from '../clock.js';
import { Pit8254, pitHertz } from './pit8254.js';
import { SystemControlB } from './system-control.js';

/** Virtual time in ns at which tick n falls. */
const timeOf = (tick: number) => Math.ceil((tick * 1e9) / pitHertz);

function machine() {
  const clock = new Clock();
  const pit = new Pit8254(clock);
  const portB = new SystemControlB(clock, pit);
  const edges: [number, boolean][] = [];
  pit.onOut = (level) => edges.push([clock.now, level]);
  const write = (port: number, ...values: number[]) => {
    for (const value of values) pit.out(port, 1, value);
  };
  const read = (port: number) => pit.in(port, 1);
  const read16 = (port: number) => read(port) | (read(port) << 8);
  return { clock, pit, portB, edges, write, read, read16 };
}

/** Linux's quick_pit_calibrate (tsc.c), with `cost` ns for each port access; the rate in kHz, 0 when it fails. */
function quickCalibrate(cost: number): number {
  const { clock, pit, portB } = machine();
  const step = () => clock.advanceTo(clock.now + cost);
  const out = (port: number, value: number) => {
    step();
    if (port === 0x61) portB.out(port, 1, value);
    else pit.out(port, 1, value);
  };
  const in42 = () => {
    step();
    return pit.in(0x42, 1);
  };
  const verify = (msb: number) => {
    in42();
    return in42() === msb;
  };
  let tsc = 0;
  let error = 0;
  const expectMsb = (msb: number): boolean => {
    let count = 0;
    let previous = 0;
    tsc = 0;
    for (; count < 50000 && verify(msb); count++) {
      previous = tsc;
      step();
      tsc = clock.now;
    }
    step();
    error = clock.now - previous;
    return count > 5;
  };
  clock.advanceTo(123_456_789);
  out(0x61, (portB.in(0x61, 1) & ~2) | 1);
  out(0x43, 0xb0);
  out(0x42, 0xff);
  out(0x42, 0xff);
  verify(0);
  if (!expectMsb(0xff)) return 0;
  const start = tsc;
  const firstError = error;
  const iterations = Math.floor((50 * pitHertz) / 1000 / 256);
  for (let i = 1; i <= iterations; i++) {
    if (!expectMsb(0xff - i)) return 0;
    const delta = tsc - start;
    if (i === 1 && firstError + error >= (delta * iterations) / 2048) return 0;
    if (firstError + error >= delta / 2048) continue;
    return verify(0xfe - i) ? Math.floor((delta * pitHertz) / (i * 256 * 1000)) : 0;
  }
  return 0;
}

test.each([
  3, 10, 37, 200, 1000,
])('Linux calibrates the TSC to 1000 MHz within 500 ppm at %d ns an access', (cost) => {
  expect(Math.abs(quickCalibrate(cost) - 1_000_000)).toBeLessThan(500);
});

test("Linux's slow calibration: OUT2 rises exactly a count and a tick after the load (pit_calibrate_tsc)", () => {
  const { clock, portB, write } = machine();
  portB.out(0x61, 1, 0x01);
  const latch = Math.floor(pitHertz / 100);
  write(0x43, 0xb0);
  write(0x42, latch & 0xff, latch >> 8);
  clock.advanceTo(timeOf(latch + 1) - 1);
  expect(portB.in(0x61, 1) & 0x20).toBe(0);
  clock.advanceTo(timeOf(latch + 1));
  expect(portB.in(0x61, 1) & 0x20).toBe(0x20);
});

describe('counter 0', () => {
  test('mode 2: periodic, high again every count ticks', () => {
    const { clock, edges, write, read16 } = machine();
    write(0x43, 0x34);
    write(0x40, 4, 0);
    clock.advanceTo(timeOf(1));
    expect(read16(0x40)).toBe(4);
    clock.advanceTo(timeOf(3));
    expect(read16(0x40)).toBe(2);
    clock.advanceTo(timeOf(13));
    expect(edges).toEqual([
      [timeOf(4), false],
      [timeOf(5), true],
      [timeOf(8), false],
      [timeOf(9), true],
      [timeOf(12), false],
      [timeOf(13), true],
    ]);
  });

  test('mode 2 for Linux at 250 Hz does not drift: the ten-thousandth interrupt is exact', () => {
    const { clock, edges, write } = machine();
    const latch = Math.floor((pitHertz + 125) / 250);
    write(0x43, 0x34);
    write(0x40, latch & 0xff, latch >> 8);
    let rises = 0;
    while (rises < 10000) {
      clock.advanceTo(clock.nextEvent());
      if (edges.pop()?.[1]) rises++;
    }
    expect(clock.now).toBe(timeOf(1 + latch * 10000));
  });

  test('mode 3: even counts are square, odd ones a tick longer high', () => {
    for (const [count, high] of [
      [6, 3],
      [7, 4],
    ] as const) {
      const { clock, edges, write } = machine();
      write(0x43, 0x36);
      write(0x40, count, 0);
      clock.advanceTo(timeOf(1 + 2 * count));
      expect(edges).toEqual([
        [timeOf(1 + high), false],
        [timeOf(1 + count), true],
        [timeOf(1 + count + high), false],
        [timeOf(1 + 2 * count), true],
      ]);
    }
  });

  test('mode 4, the one-shot clock event: a pulse of one tick, again with each count', () => {
    const { clock, edges, write } = machine();
    write(0x43, 0x38);
    write(0x40, 3, 0);
    clock.advanceTo(timeOf(10));
    write(0x40, 5, 0);
    clock.advanceTo(timeOf(100));
    expect(edges).toEqual([
      [timeOf(4), false],
      [timeOf(5), true],
      [timeOf(16), false],
      [timeOf(17), true],
    ]);
    expect(clock.nextEvent()).toBe(Number.POSITIVE_INFINITY);
  });

  test('mode 0: low with the control word, high after the count, then counting on', () => {
    const { clock, edges, write, read16 } = machine();
    write(0x43, 0x30);
    write(0x40, 2, 0);
    clock.advanceTo(timeOf(5));
    expect(edges).toEqual([
      [0, false],
      [timeOf(3), true],
    ]);
    expect(read16(0x40)).toBe(0xfffe);
  });

  test('a new count in mode 2 waits for the end of the period', () => {
    const { clock, edges, write } = machine();
    write(0x43, 0x34);
    write(0x40, 10, 0);
    clock.advanceTo(timeOf(3));
    write(0x40, 4, 0);
    clock.advanceTo(timeOf(15));
    expect(edges.filter(([, level]) => level)).toEqual([
      [timeOf(11), true],
      [timeOf(15), true],
    ]);
  });
});

test('latched counts and the status of the read-back command', () => {
  const { clock, write, read, read16 } = machine();
  write(0x43, 0x34);
  write(0x43, 0xe2); // status of counter 0
  expect(read(0x40)).toBe(0x80 | 0x40 | 0x34); // OUT high, nothing loaded, both bytes, mode 2
  write(0x40, 0, 0);
  clock.advanceTo(timeOf(1000));
  write(0x43, 0x00);
  const latched = 0x10000 - 999;
  clock.advanceTo(timeOf(2000));
  expect(read16(0x40)).toBe(latched);
  expect(read16(0x40)).toBe(0x10000 - 1999);
  write(0x43, 0xc2); // count and status
  expect(read(0x40)).toBe(0x80 | 0x34);
  clock.advanceTo(timeOf(3000));
  expect(read16(0x40)).toBe(0x10000 - 1999);
});

test('one-byte access and BCD', () => {
  const { clock, write, read } = machine();
  write(0x43, 0x11 | 0x04); // low byte, mode 2, BCD
  write(0x40, 0x20);
  clock.advanceTo(timeOf(2));
  expect(read(0x40)).toBe(0x19);
});

test('the gate of counter 2 stops mode 0 and restarts mode 2', () => {
  const { clock, portB, write, read16 } = machine();
  portB.out(0x61, 1, 1);
  write(0x43, 0xb0);
  write(0x42, 100, 0);
  clock.advanceTo(timeOf(11));
  portB.out(0x61, 1, 0);
  clock.advanceTo(timeOf(50));
  expect(read16(0x42)).toBe(90);
  portB.out(0x61, 1, 1);
  clock.advanceTo(timeOf(60));
  expect(read16(0x42)).toBe(80);
  write(0x43, 0xb4);
  write(0x42, 100, 0);
  clock.advanceTo(timeOf(70));
  portB.out(0x61, 1, 0);
  expect(portB.in(0x61, 1) & 0x20).toBe(0x20);
  portB.out(0x61, 1, 1);
  clock.advanceTo(timeOf(71));
  expect(read16(0x42)).toBe(100);
});

test('port 61: the refresh bit toggles with time', () => {
  const { clock, portB } = machine();
  let changes = 0;
  let last = portB.in(0x61, 1) & 0x10;
  for (; clock.now < 1_000_000; clock.advanceTo(clock.now + 1000)) {
    const bit = portB.in(0x61, 1) & 0x10;
    if (bit !== last) changes++;
    last = bit;
  }
  expect(changes).toBe(66);
});
