import { expect, test } from 'vitest';
import { device, eisaId, integer, named, packageOf, resources, scope } from './aml.js';

test('integers take the shortest form', () => {
  expect(integer(0)).toEqual([0x00]);
  expect(integer(1)).toEqual([0x01]);
  expect(integer(2)).toEqual([0x0a, 2]);
  expect(integer(0x1234)).toEqual([0x0b, 0x34, 0x12]);
  expect(integer(0x12345678)).toEqual([0x0c, 0x78, 0x56, 0x34, 0x12]);
});

test('EISA IDs (ACPI 6.4, 19.3.4)', () => {
  expect(eisaId('PNP0A03')).toEqual([0x0c, 0x41, 0xd0, 0x0a, 0x03]);
  expect(eisaId('PNP0501')).toEqual([0x0c, 0x41, 0xd0, 0x05, 0x01]);
});

test('package lengths of one, two and three bytes', () => {
  expect(packageOf(integer(5))).toEqual([0x12, 4, 1, 0x0a, 5]);
  const wide = (n: number) => scope('_SB', new Array(n).fill(0));
  expect(wide(58).slice(0, 3)).toEqual([0x10, 63, 0x5f]);
  expect(wide(59).slice(0, 4)).toEqual([0x10, 0x41, 0x04, 0x5f]);
  expect(wide(5000).slice(0, 5)).toEqual([0x10, 0x80 | (5007 & 15), (5007 >> 4) & 0xff, 5007 >> 12, 0x5f]);
});

test('names are padded', () => {
  expect(named('_S5', integer(0))).toEqual([0x08, 0x5f, 0x53, 0x35, 0x5f, 0x00]);
  expect(device('RTC')).toEqual([0x5b, 0x82, 5, 0x52, 0x54, 0x43, 0x5f]);
  expect(resources()).toEqual([0x11, 5, 0x0a, 2, 0x79, 0]);
});
