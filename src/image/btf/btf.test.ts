import { describe, expect, test } from 'vitest';
import { BtfAssembler } from '../../../test/btf/assemble.js';
import { Bytes } from '../../core/bytes.js';
import { Btf } from './btf.js';

/** One of every kind, as the structures of a small kernel. */
function sample() {
  const a = new BtfAssembler();
  const int = a.int('int', 4, { signed: true });
  const long = a.int('long unsigned int', 8);
  const u8 = a.refer('typedef', a.int('unsigned char', 1), 'u8');
  const char = a.int('char', 1);
  const voidPointer = a.refer('ptr', 0);
  const point = a.composite('struct', 'point', 8, [
    ['x', int, 0],
    ['y', int, 32],
  ]);
  const anonymous = a.composite('union', '', 8, [
    ['raw', long, 0],
    ['at', point, 0],
  ]);
  const counter = a.refer('typedef', a.composite('struct', '', 4, [['counter', int, 0]]), 'atomic_t');
  const inPlace = a.composite('struct', '', 2, [
    ['lo', u8, 0],
    ['hi', u8, 8],
  ]);
  const callback = a.prototype(int, [
    ['', point],
    ['', 0],
  ]);
  const bits = a.composite('struct', 'gate', 8, [
    ['offset', a.int('short unsigned int', 2), 0],
    ['ist', int, 32, 3],
    ['zero', int, 35, 5],
    ['type', int, 40, 24],
  ]);
  const outer = a.composite('struct', 'outer', 88, [
    ['count', counter, 0],
    ['', anonymous, 64],
    ['pair', a.array(inPlace, 3), 128],
    ['points', a.array(point, 4), 192],
    ['handler', a.refer('ptr', callback), 448],
    ['gate', bits, 512],
    ['next', a.refer('ptr', a.record(7, 'later', 0)), 576],
    ['data', a.array(u8, 0), 640],
  ]);
  const mode = a.enumeration('mode', 4, [
    ['OFF', 0n],
    ['ON', 0xffffffffn],
  ]);
  a.enumeration(
    'sign',
    4,
    [
      ['MINUS', -1n],
      ['PLUS', 1n],
    ],
    true,
  );
  a.enumeration('wide', 8, [['TOP', 1n << 63n]]);
  const proto = a.prototype(0, [
    ['text', a.refer('ptr', a.refer('const', char))],
    ['mode', mode],
    ['', 0],
  ]);
  const print = a.func('print', proto);
  a.func('start_kernel', a.prototype(0, []));
  const variable = a.variable('current', a.refer('ptr', outer));
  a.section('.data..percpu', 64, [[variable, 16, 8]]);
  a.record(16, 'double', 8);
  a.declTag('kfunc', print);
  a.declTag('nonnull', print, 0);
  a.declTag('fresh', outer, 3);
  const rcu = a.refer('type_tag', outer, 'rcu');
  a.variable('guarded', a.refer('ptr', rcu));
  a.variable('untyped', voidPointer);
  return a;
}

const open = (a: BtfAssembler, options = {}): Btf => new Btf(new Bytes(a.build(options)));

describe.each([
  ['little', true],
  ['big', false],
])('types in %s-endian order', (_, littleEndian) => {
  const btf = open(sample(), { littleEndian });

  test('are all found', () => {
    expect(btf.problem).toBeUndefined();
    expect(btf.name(btf.find('struct', 'point')!)).toBe('point');
    expect(btf.find('struct', 'poin')).toBeUndefined();
    expect(btf.find('union', 'point')).toBeUndefined();
    expect(btf.kind(btf.find('enum', 'wide')!)).toBe('enum64');
    expect([...btf.ids('func')].map((id) => btf.name(id))).toEqual(['print', 'start_kernel']);
    expect(btf.pointerSize).toBe(8);
  });

  test('give layouts with what is declared in place', () => {
    const layout = btf.layout('outer')!;
    expect(layout).toMatchObject({ kind: 'struct', name: 'outer', size: 88 });
    expect(layout.fields.map(({ name, offset, size, type }) => [name, offset, size, type])).toEqual([
      ['count', 0, 4, 'atomic_t'],
      ['', 8, 8, 'union {...}'],
      ['pair', 16, 6, 'struct {...}[3]'],
      ['points', 24, 32, 'struct point[4]'],
      ['handler', 56, 8, 'int (*)(struct point, ...)'],
      ['gate', 64, 8, 'struct gate'],
      ['next', 72, 8, 'struct later *'],
      ['data', 80, 0, 'u8[0]'],
    ]);
    expect(layout.fields[1]!.inPlace!.kind).toBe('union');
    expect(layout.fields[1]!.inPlace!.fields.map(({ name, offset }) => [name, offset])).toEqual([
      ['raw', 8],
      ['at', 8],
    ]);
    expect(layout.fields[2]!.inPlace!.fields.map(({ name, offset }) => [name, offset])).toEqual([
      ['lo', 16],
      ['hi', 17],
    ]);
    expect(layout.fields[0]!.inPlace).toBeUndefined();
  });

  test('give bit-fields by storage unit', () => {
    expect(
      btf
        .layout('gate')!
        .fields.map(({ name, offset, bitOffset, bitSize }) => [name, offset, bitOffset, bitSize]),
    ).toEqual([
      ['offset', 0, undefined, undefined],
      ['ist', 4, 0, 3],
      ['zero', 4, 3, 5],
      ['type', 4, 8, 24],
    ]);
  });

  test('give flattened layouts', () => {
    expect(
      btf.layout('outer', { flatten: true })!.fields.map(({ name, offset }) => `${name}@${offset}`),
    ).toEqual([
      'count.counter@0',
      'raw@8',
      'at.x@8',
      'at.y@12',
      'pair@16',
      'points@24',
      'handler@56',
      'gate.offset@64',
      'gate.ist@68',
      'gate.zero@68',
      'gate.type@68',
      'next@72',
      'data@80',
    ]);
  });

  test.each([
    ['outer', 'at.y', 12],
    ['struct outer', 'count.counter', 0],
    ['outer', 'pair[2].hi', 21],
    ['outer', 'points[3].y', 52],
    ['outer', 'data[7]', 87],
    ['outer', 'gate.type', 68],
    ['atomic_t', 'counter', 0],
    ['outer', 'points[4].y', undefined],
    ['outer', 'points.y', undefined],
    ['outer', 'next.x', undefined],
    ['outer', '', undefined],
    ['outer', 'at..y', undefined],
    ['outer', 'count[0]', undefined],
    ['union outer', 'at', undefined],
    ['mode', 'ON', undefined],
    ['nothing', 'x', undefined],
  ])('give the offset of %s.%s', (type, path, offset) => {
    expect(btf.offsetOf(type, path)).toBe(offset);
  });

  test('give prototypes, variables and sections', () => {
    expect(btf.prototype('start_kernel')).toBe('void start_kernel(void)');
    expect(btf.prototype('print')).toBe('void print(const char *text, enum mode mode, ...)');
    expect(btf.prototype('outer')).toBeUndefined();
    expect(btf.variable('current')!.type).toBe('struct outer *');
    expect(btf.variable('untyped')!.type).toBe('void *');
    expect(btf.variable('guarded')!.type).toBe('struct outer __attribute__((btf_type_tag("rcu"))) *');
    expect(btf.section('.data..percpu')).toMatchObject([
      { name: 'current', offset: 16, size: 8, type: 'struct outer *' },
    ]);
  });

  test('give enumerations and tags', () => {
    // Some enumeration is signed here, so a clear flag means unsigned.
    expect(btf.enumerators('enum mode')).toEqual([
      { name: 'OFF', value: 0n },
      { name: 'ON', value: 0xffffffffn },
    ]);
    expect(btf.enumerators('sign')![0]).toEqual({ name: 'MINUS', value: -1n });
    expect(btf.enumerators('wide')).toEqual([{ name: 'TOP', value: 1n << 63n }]);
    expect(btf.enumerators('outer')).toBeUndefined();
    expect(btf.tags(btf.find('func', 'print')!)).toEqual([
      { text: 'kfunc', component: -1 },
      { text: 'nonnull', component: 0 },
    ]);
    expect(btf.tags(btf.find('struct', 'point')!)).toEqual([]);
  });
});

test('enumerations without any flag are signed, as before Linux 6.0', () => {
  const a = new BtfAssembler();
  a.enumeration('old', 4, [['MINUS', -1n]]);
  expect(open(a).enumerators('old')).toEqual([{ name: 'MINUS', value: -1n }]);
});

test('bit-fields without kind_flag come from integers of odd width', () => {
  const a = new BtfAssembler();
  const three = a.int('unsigned int', 4, { bits: 3 });
  const five = a.int('unsigned int', 4, { bits: 5, shift: 3 });
  a.composite('struct', 's', 4, [
    ['a', three, 0],
    ['b', five, 0],
    ['c', three, 8],
  ]);
  expect(
    open(a)
      .layout('s')!
      .fields.map(({ offset, bitOffset, bitSize }) => [offset, bitOffset, bitSize]),
  ).toEqual([
    [0, 0, 3],
    [0, 3, 5],
    [0, 8, 3],
  ]);
});

test('a packed bit-field that crosses its storage unit starts at its byte', () => {
  const a = new BtfAssembler();
  const u8 = a.int('unsigned char', 1);
  a.composite('struct', 's', 2, [
    ['a', u8, 0, 6],
    ['b', u8, 6, 6],
  ]);
  expect(open(a).layout('s')!.fields[1]).toMatchObject({ offset: 0, bitOffset: 6, bitSize: 6 });
});

test('several types of one name are found in order', () => {
  const a = new BtfAssembler();
  const ids = [a.composite('struct', 'twin', 1, []), a.composite('struct', 'twin', 2, [])];
  expect(open(a).findAll('struct', 'twin')).toEqual(ids);
});

test('pointers of 32-bit images have four bytes', () => {
  const a = new BtfAssembler();
  a.int('long unsigned int', 4);
  a.composite('struct', 's', 4, [['p', a.refer('ptr', 0), 0]]);
  expect(open(a).layout('s')!.fields[0]!.size).toBe(4);
});

test('a kind newer than this reader is stepped over where the image tells its size (Linux 7.2)', () => {
  const a = new BtfAssembler();
  a.record(25, 'novel', 0, [1, 2, 3, 4, 5], 2);
  a.composite('struct', 'after', 4, []);
  const layouts = Array.from({ length: 26 }, (_, kind) =>
    kind === 25 ? ([4, 8] as const) : ([0, 0] as const),
  );
  const btf = open(a, { layouts });
  expect(btf.problem).toBeUndefined();
  expect(btf.kind(1)).toBeUndefined();
  expect(btf.find('struct', 'after')).toBe(2);
  expect(open(a)).toMatchObject({ count: 0, problem: 'type 1 at 0x18 is of unknown kind 25' });
});
