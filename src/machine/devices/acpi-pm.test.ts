import { expect, test } from 'vitest';
import { Clock } from '../clock.js';
import { AcpiPm } from './acpi-pm.js';
import { AcpiSleep, sleepAddress } from './acpi-sleep.js';
import { InterruptLine } from './interrupt-line.js';

function machine() {
  const clock = new Clock();
  const sci = new InterruptLine();
  let off = 0;
  const pm = new AcpiPm(clock, sci, () => off++);
  return { clock, sci, pm, off: () => off };
}

test('the PM timer counts 3.579545 MHz in 24 bits', () => {
  const { clock, pm } = machine();
  clock.advanceTo(1_000_000_000);
  expect(pm.in(0x608, 4)).toBe(3579545);
  clock.advanceTo(5_000_000_000);
  expect(pm.in(0x608, 4)).toBe((5 * 3579545) % 0x1000000);
});

test('it is always in ACPI mode', () => {
  const { pm } = machine();
  expect(pm.in(0x604, 2)).toBe(1);
  pm.out(0x604, 2, 0);
  expect(pm.in(0x604, 2)).toBe(1);
});

test('Linux switches off in two writes (acpi_hw_legacy_sleep)', () => {
  const { pm, off } = machine();
  pm.out(0x604, 2, (5 << 10) | 1);
  expect(off()).toBe(0);
  pm.out(0x604, 2, (5 << 10) | 0x2001);
  expect(off()).toBe(1);
  pm.out(0x604, 2, (1 << 10) | 0x2001);
  expect(off()).toBe(1);
});

test.each([0x2000, 0x3400])('outw(0x604, %i) is soft off', (value) => {
  const { pm, off } = machine();
  pm.out(0x604, 2, value);
  expect(off()).toBe(1);
});

test('the power button raises the SCI until its status is cleared', () => {
  const { sci, pm } = machine();
  pm.out(0x602, 2, 0x0120);
  expect(pm.in(0x602, 2)).toBe(0x0120);
  pm.pressPowerButton();
  expect(sci.level).toBe(true);
  expect(pm.in(0x600, 2)).toBe(0x0100);
  pm.out(0x600, 2, 0x0100);
  expect(sci.level).toBe(false);
});

test('the timer status follows its highest bit, with an event only when enabled', () => {
  const { clock, sci, pm } = machine();
  clock.advanceTo(3_000_000_000);
  expect(pm.in(0x600, 2)).toBe(1);
  pm.out(0x600, 2, 1);
  pm.out(0x602, 2, 1);
  expect(clock.nextEvent()).toBe(Math.ceil((0x1000000 / 3579545) * 1e9));
  clock.advanceTo(clock.nextEvent());
  expect(sci.level).toBe(true);
});

test('hardware-reduced: two byte writes switch off, one resets', () => {
  const calls: string[] = [];
  const sleep = new AcpiSleep(
    () => calls.push('off'),
    () => calls.push('reset'),
  );
  sleep.write(sleepAddress + 1, 1, 0x80); // clear WAK_STS
  expect(sleep.read(sleepAddress + 1, 1)).toBe(0);
  sleep.write(sleepAddress, 1, (5 << 2) | 0x20);
  sleep.write(sleepAddress + 2, 1, 0x41);
  sleep.write(sleepAddress + 2, 1, 0x42);
  expect(calls).toEqual(['off', 'reset']);
});
