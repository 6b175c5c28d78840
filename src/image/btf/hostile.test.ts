import { describe, expect, test } from 'vitest';
import { BtfAssembler } from '../../../test/btf/assemble.js';
import { Bytes } from '../../core/bytes.js';
import { ImageError } from '../../core/errors.js';
import { Btf } from './btf.js';

/** Asks for everything; only ImageError may come out, and soon. */
function exercise(data: Uint8Array): void {
  let btf: Btf;
  const tolerate = (ask: () => unknown): void => {
    try {
      ask();
    } catch (error) {
      if (!(error instanceof ImageError)) throw error;
    }
  };
  try {
    btf = new Btf(new Bytes(data));
  } catch (error) {
    if (error instanceof ImageError) return;
    throw error;
  }
  for (let id = 0; id <= btf.count + 1; id++) {
    for (const ask of [
      () => btf.declare(id, 'x'),
      () => btf.sizeOf(id),
      () => btf.layout(id),
      () => btf.layout(id, { flatten: true }),
      () => btf.field(id, 'a.b[1].c'),
      () => btf.enumerators(id),
      () => btf.tags(id),
      () => btf.name(id),
    ]) {
      tolerate(ask);
    }
  }
  tolerate(() => btf.prototype('f'));
  tolerate(() => btf.section('.data'));
  tolerate(() => btf.layout('s'));
}

/** Types that are right, to be damaged. */
function sound(): BtfAssembler {
  const a = new BtfAssembler();
  const int = a.int('int', 4);
  const typedef = a.refer('typedef', a.refer('const', int), 't');
  const inner = a.composite('struct', 'i', 8, [
    ['a', typedef, 0],
    ['b', int, 32, 3],
  ]);
  a.composite('struct', 's', 24, [
    ['a', inner, 0],
    ['', a.composite('union', '', 8, [['c', a.array(inner, 1), 0]]), 64],
    ['f', a.refer('ptr', a.prototype(int, [['p', inner]])), 128],
  ]);
  a.func('f', a.prototype(0, [['x', typedef]]));
  a.section('.data', 4, [[a.variable('v', int), 0, 4]]);
  a.enumeration('e', 8, [['E', 1n]]);
  a.declTag('tag', inner, 1);
  return a;
}

describe('endless types end in an ImageError', () => {
  const message = /does not end/;

  test('a typedef of itself', () => {
    const a = new BtfAssembler();
    a.refer('typedef', 2, 'a');
    a.refer('typedef', 1, 'b');
    const btf = new Btf(new Bytes(a.build()));
    expect(() => btf.sizeOf(1)).toThrow(message);
    expect(() => btf.layout('a')).toThrow(message);
    expect(btf.declare(1)).toBe('a');
  });

  test('const of itself, pointers in a ring', () => {
    const a = new BtfAssembler();
    a.refer('const', 1);
    a.refer('ptr', 3);
    a.refer('ptr', 2);
    const btf = new Btf(new Bytes(a.build()));
    expect(() => btf.declare(1)).toThrow(message);
    expect(() => btf.declare(2)).toThrow(message);
    expect(btf.sizeOf(2)).toBe(8);
  });

  test('a structure that contains itself', () => {
    const a = new BtfAssembler();
    a.composite('struct', '', 8, [['', 1, 0]]);
    const btf = new Btf(new Bytes(a.build()));
    expect(() => btf.layout(1)).toThrow(message);
    expect(() => btf.layout(1, { flatten: true })).toThrow(message);
    expect(() => btf.field(1, 'x')).toThrow(message);
  });

  test('structures that double at every level', () => {
    const a = new BtfAssembler();
    let last = a.int('int', 4);
    for (let level = 0; level < 40; level++) {
      last = a.composite('struct', '', 0, [
        ['l', last, 0],
        ['r', last, 0],
      ]);
    }
    const btf = new Btf(new Bytes(a.build()));
    expect(() => btf.layout(last)).toThrow(message);
    expect(() => btf.layout(last, { flatten: true })).toThrow(message);
  });

  test('a function that takes itself twice', () => {
    const a = new BtfAssembler();
    a.prototype(0, [
      ['', 2],
      ['', 2],
    ]);
    a.refer('ptr', 1);
    expect(() => new Btf(new Bytes(a.build())).declare(1)).toThrow(message);
  });

  test('an array of arrays of itself', () => {
    const a = new BtfAssembler();
    a.array(1, 0xffffffff);
    expect(() => new Btf(new Bytes(a.build())).sizeOf(1)).toThrow(ImageError);
  });
});

test('references past the last type and string say so', () => {
  const a = new BtfAssembler();
  a.composite('struct', 's', 4, [['a', 99, 0]]);
  const btf = new Btf(new Bytes(a.build()));
  expect(() => btf.layout('s')).toThrow('BTF: type 99 is referred to, but there are 1');
  const data = a.build();
  new DataView(data.buffer).setUint32(24, 0x1000, true);
  expect(() => new Btf(new Bytes(data)).name(1)).toThrow('BTF: string at 0x1000');
});

test('every damaged header is refused with its offset', () => {
  const bytes = sound().build();
  for (let at = 0; at < 24; at++) {
    for (const value of [0, 1, 0x7f, 0xff]) {
      const copy = bytes.slice();
      copy[at] = value;
      exercise(copy);
    }
  }
  const past = bytes.slice();
  new DataView(past.buffer).setUint32(20, 0x7fffffff, true);
  expect(() => new Btf(new Bytes(past, 'file', true, 0x100))).toThrow(/string section of 2147483647 bytes/);
});

test('every truncation keeps what comes before it or is refused', () => {
  const bytes = sound().build();
  for (let length = 0; length < bytes.length; length++) exercise(bytes.slice(0, length));
});

test('types cut off inside the section leave the ones before', () => {
  const bytes = sound().build();
  const view = new DataView(bytes.buffer);
  view.setUint32(12, view.getUint32(12, true) - 4, true);
  const btf = new Btf(new Bytes(bytes));
  expect(btf.problem).toMatch(/reaches past the end/);
  expect(btf.layout('i')!.size).toBe(8);
});

test('every changed word of the type section is survived', () => {
  const bytes = sound().build();
  const view = new DataView(bytes.buffer);
  const typeLength = view.getUint32(12, true);
  // What matters most: small ids, other kinds, large counts, the sign bit.
  const values = [
    0, 1, 5, 0x7f, 0x0100_0000, 0x0400_0003, 0x0d00_0002, 0x8400_0001, 0x0300_0000, 0x7fff_ffff, 0xffff_ffff,
  ];
  for (let at = 24; at < 24 + typeLength; at += 4) {
    const kept = view.getUint32(at, true);
    for (const value of values) {
      view.setUint32(at, value, true);
      exercise(bytes);
    }
    view.setUint32(at, kept, true);
  }
});
