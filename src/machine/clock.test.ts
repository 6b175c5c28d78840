import { expect, test } from 'vitest';
import { Clock, Oscillator } from './clock.js';

test('runs what is due in order of time, ties in order of scheduling, each at its own now', () => {
  const clock = new Clock();
  const seen: [string, number][] = [];
  const note = (name: string) => () => void seen.push([name, clock.now]);
  clock.schedule(30, note('late'), 'late');
  clock.schedule(10, note('a'), 'a');
  clock.schedule(10, note('b'), 'b');
  clock.schedule(31, note('later'), 'later');
  expect(clock.nextEvent()).toBe(10);
  clock.advanceTo(30);
  expect(seen).toEqual([
    ['a', 10],
    ['b', 10],
    ['late', 30],
  ]);
  expect(clock.now).toBe(30);
  expect(clock.nextEvent()).toBe(31);
});

test('an event scheduled while another runs is still met on the way', () => {
  const clock = new Clock();
  const seen: number[] = [];
  const again = () => {
    seen.push(clock.now);
    if (seen.length < 4) clock.schedule(clock.now + 5, again, 'again');
  };
  clock.schedule(5, again, 'again');
  clock.advanceTo(17);
  expect(seen).toEqual([5, 10, 15]);
  expect(clock.nextEvent()).toBe(20);
});

test('a cancelled event does not run, and a past time is due at once', () => {
  const clock = new Clock();
  clock.advanceTo(100);
  let ran = 0;
  const event = clock.schedule(120, () => ran++, 'x');
  clock.cancel(event);
  clock.cancel(event);
  expect(clock.nextEvent()).toBe(Number.POSITIVE_INFINITY);
  clock.schedule(50, () => ran++, 'past');
  expect(clock.nextEvent()).toBe(100);
  clock.advanceTo(100);
  expect(ran).toBe(1);
});

test('tells when the next event became earlier', () => {
  const clock = new Clock();
  let earlier = 0;
  clock.onEarlier = () => earlier++;
  clock.schedule(100, () => {}, 'a');
  clock.schedule(100, () => {}, 'tie');
  clock.schedule(200, () => {}, 'later');
  expect(earlier).toBe(1);
  clock.schedule(50, () => {}, 'b');
  expect(earlier).toBe(2);
});

test.each([
  1193182, 3579545, 32768,
])('%d Hz: tick n falls on the first ns at or after n / hertz, also after days', (hertz) => {
  const clock = new Clock();
  const crystal = new Oscillator(clock, hertz);
  for (const tick of [0, 1, 2, 1000, hertz, hertz + 1, hertz * 100_000 + 12345]) {
    const at = crystal.timeOf(tick);
    expect(BigInt(at)).toBe((BigInt(tick) * 1_000_000_000n + BigInt(hertz) - 1n) / BigInt(hertz));
    const before = new Clock();
    before.advanceTo(Math.max(0, at - 1));
    expect(new Oscillator(before, hertz).ticks).toBe(Math.max(0, tick - 1));
    clock.advanceTo(at);
    expect(crystal.ticks).toBe(tick);
  }
});
