import { describe, expect, test } from 'vitest';
import { craftElf } from '../../../test/craft/elf.js';
import { runGuest } from '../../../test/guest/run.js';
import { hypervisorType } from '../../abi/boot-information.js';
import { Assembler } from '../assembler/assembler.js';
import * as o from '../assembler/operands.js';
import { imm, label } from '../assembler/operands.js';
import { writeInitWalker } from '../common/init-walker.js';
import { type Initialiser, on, orderInitialisers } from './initialiser.js';
import { readInitLog } from './log.js';
import { writeInitTables } from './write.js';

const everywhere = on({ support: 'all' }, { support: 'all' });
const one = (id: string, more: Partial<Initialiser<number>> = {}): Initialiser<number> => ({
  id,
  order: 1,
  where: everywhere,
  callbacks: { early: 1 },
  ...more,
});
const problemsOf = (...initialisers: Initialiser<number>[]) => orderInitialisers(initialisers).problems;

describe('what is refused', () => {
  test('nothing at all', () => {
    expect(problemsOf()).toEqual(['nothing is declared']);
  });

  test('an initialiser that does not say where it may run', () => {
    expect(problemsOf(one('a', { where: on({}, { support: 'all' }) }))).toEqual([
      "'a' declares no hypervisor that requires or supports it",
    ]);
    expect(problemsOf(one('a', { where: on({ forbid: ['xen'] }, {}) }))).toHaveLength(2);
  });

  test('one without a callback, even with a detect function', () => {
    expect(problemsOf(one('a', { callbacks: {}, detect: 1 }))).toEqual(["'a' has no callback for any stage"]);
  });

  test.each([2, 3, 7])('a cycle of %i', (length) => {
    const ring = Array.from({ length }, (_, i) => one(`n${i}`, { depends: [`n${(i + 1) % length}`] }));
    expect(problemsOf(...ring)).toEqual([`cycle ${ring.map(({ id }) => id).join(' → ')} → n0`]);
  });

  test('a level inversion, an unknown dependency, a name twice', () => {
    expect(problemsOf(one('a', { depends: ['b'] }), one('b', { order: 2 }))).toEqual([
      "level inversion: 'a' (level 1) depends on 'b' (level 2)",
    ]);
    expect(problemsOf(one('a', { depends: ['x'] }))).toEqual(["'a' depends on 'x', which is not registered"]);
    expect(problemsOf(one('a'), one('a'))).toEqual(["'a' is registered twice"]);
  });

  test('a required one that depends on what cannot run there', () => {
    expect(
      problemsOf(
        one('console', { where: on({ require: ['xen', 'kvm'] }, { support: 'all' }), depends: ['ring'] }),
        one('ring', { depends: ['grants'] }),
        one('grants', { where: on({ support: ['xen'] }, { support: ['XEN'] }) }),
      ),
    ).toEqual([
      "'console' is required on hypervisor xen, kvm, where 'grants' is unsupported: console → ring → grants",
    ]);
    expect(
      problemsOf(
        one('console', { where: on({ require: ['xen'] }, { support: 'all' }), depends: ['grants'] }),
        one('grants', { where: on({ support: 'all' }, { support: 'all', forbid: ['PC'] }) }),
      ),
    ).toEqual([
      "'console' is required on hypervisor xen with hardware subarch PC, where 'grants' is forbidden: console → grants",
    ]);
  });

  test('a finisher that has nothing to finish, or leaves nothing', () => {
    expect(problemsOf(one('a', { finishIfDetected: true, detect: 1 }))).toEqual([
      "'a' finishes if detected, but is in no group",
    ]);
    expect(problemsOf(one('a', { finishIfDetected: true, group: 'g' }))).toHaveLength(1);
  });

  test('names and numbers that do not fit', () => {
    expect(problemsOf(one('a b'))).toHaveLength(1);
    expect(problemsOf(one(''))).toHaveLength(1);
    const many = Array.from({ length: 15 }, (_, i) => one(`d${i}`));
    expect(problemsOf(one('a', { depends: many.map(({ id }) => id) }), ...many)).toEqual([
      "'a' depends on 15 others, at most 14",
    ]);
  });
});

test('a table declared in TypeScript runs without any linker', () => {
  const a = new Assembler();
  const { code: c } = a;
  a.label('start');
  c.push(o.RDI);
  c.lea(o.RAX, o.mem(label('init_table')));
  c.mov(o.qword(o.RDI, 128), o.RAX);
  c.xor(o.ESI, o.ESI);
  c.call(label('run_init_tables'));
  c.hlt();
  writeInitWalker(a);
  a.part('zero', () => {
    c.xor(o.EAX, o.EAX);
    c.ret();
  });
  a.part('seven', () => {
    c.mov(o.EAX, imm(7));
    c.ret();
  });
  writeInitTables(a, [
    { id: 'second', order: 2, where: everywhere, depends: ['first'], callbacks: { early: label('seven') } },
    { id: 'first', order: 1, where: everywhere, callbacks: { early: label('zero') } },
    {
      id: 'xen',
      order: 1,
      where: on({ require: ['xen'] }, { support: 'all' }),
      callbacks: { late: label('zero') },
    },
  ]);
  const program = a.assemble(0x200000);
  const image = craftElf({ entry: 0x200000, segments: [{ vaddr: 0x200000, data: program.bytes }] });
  const { read, boot, result } = runGuest(image, { hypervisor: hypervisorType.kvm });
  expect(result).toBe(0n);
  expect(readInitLog(read, boot.init_tables)).toMatchObject({
    stages: ['early'],
    outcomes: [
      {
        name: 'first',
        verdict: 'ran',
        stages: { early: { status: 'ran', result: 0 }, setup: { status: 'pending' } },
      },
      { name: 'xen', verdict: 'unsupported' },
      { name: 'second', verdict: 'failed', stages: { early: { status: 'ran', result: 7 } } },
    ],
  });
  expect(() => writeInitTables(new Assembler(), [])).toThrow('init tables: nothing is declared');
});
