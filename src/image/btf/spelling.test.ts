import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { anyMissing } from '../../../tools/check/missing.js';
import { Bytes } from '../../core/bytes.js';
import { parseElf } from '../container/elf.js';
import type { Btf } from './btf.js';
import { readBtf } from './read.js';

/** Declarations in the kernel's order of words, which must come back letter by letter. */
const members = [
  'char c',
  'unsigned char uc',
  'long unsigned int lu',
  'long long int ll',
  '_Bool b',
  'double d',
  'const char *pc',
  'char *const cp',
  'const char *const *const cpcp',
  'volatile int vi',
  'volatile int *volatile vp',
  'const volatile int cvi',
  'void *v',
  'const void *cv',
  'int a[3]',
  'const int ca[2]',
  'int *ap[3]',
  'int (*pa)[3]',
  'const char *const names[2]',
  'void (*f)(void)',
  'int (*const cf)(const char *, ...)',
  'int (*(*ff)(int))(char)',
  'int (*(*fa)(void))[3]',
  'void (*table[4])(struct all *, int (*)(void *))',
  'struct all *self',
  'struct elsewhere *opaque',
  'union elsewhere_too *opaque_union',
  'enum colour colour',
  'enum wide wide',
  'struct {...} in_place',
  'union {...} *pointer_in_place',
  'word_t word',
  'handler_t handler',
  'const word_t *pw',
  'unsigned int bit:1',
  'enum colour few:3',
];

const functions = [
  'void none(void)',
  'int one(const char *format, ...)',
  'word_t *two(struct all *all, handler_t handler, int (*call)(void *), long unsigned int *const fixed)',
  'int (*chosen(int which))(char)',
];

const source = `
typedef unsigned long word_t;
typedef int (*handler_t)(int);
enum colour { RED = -1, GREEN = 2147483647 };
enum wide { HUGE_ONE = 0x8000000000000000 };
struct all {
${members.map((member) => `${member.replace('{...}', '{ int x; }')};`).join('\n')}
} all;
struct noreturns { void (*gone)(int) __attribute__((noreturn)); } noreturns;
${functions.map((head) => `${head} { ${head.startsWith('void') ? '' : 'return 0;'} }`).join('\n')}
`;

const reason = anyMissing('gcc', 'objcopy', 'pahole');

describe.skipIf(reason)(reason ? `C spelling (${reason})` : 'C spelling', () => {
  const folder = mkdtempSync(join(tmpdir(), 'zeropage-btf-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  let btf: Btf;

  beforeAll(() => {
    const [object, types] = [join(folder, 'all.o'), join(folder, 'all.btf')];
    writeFileSync(join(folder, 'all.c'), source);
    const run = (command: string, ...args: string[]): void => {
      const { status, stderr } = spawnSync(command, args, { encoding: 'utf8' });
      expect(status, stderr).toBe(0);
    };
    run('gcc', '-g', '-w', '-c', join(folder, 'all.c'), '-o', object);
    // Into the object file pahole puts it by llvm-objcopy alone.
    run('pahole', `--btf_encode_detached=${types}`, '--btf_gen_floats', object);
    run('objcopy', '--add-section', `.BTF=${types}`, object);
    const bytes = new Bytes(readFileSync(object), object);
    btf = readBtf({ name: object, bytes, formats: { elf: parseElf(bytes) }, problems: [] })!;
  });

  test.each(members.map((member, index) => [member, index] as const))('member: %s', (member, index) => {
    const field = btf.layout('all')!.fields[index]!;
    const declarator = field.bitSize === undefined ? field.name : `${field.name}:${field.bitSize}`;
    expect(btf.declare(field.typeId, declarator)).toBe(member);
  });

  test.each(functions)('function: %s', (head) => {
    const name = /(\w+)\((?!\*)/.exec(head)![1]!;
    expect(btf.prototype(name)).toBe(head);
  });

  test('a function that does not return is spelled without its qualifier', () => {
    expect(btf.layout('noreturns')!.fields[0]!.type).toBe('void (*)(int)');
  });

  test('enumerations of both widths', () => {
    expect(btf.enumerators('colour')).toEqual([
      { name: 'RED', value: -1n },
      { name: 'GREEN', value: 0x7fffffffn },
    ]);
    expect(btf.enumerators('wide')).toEqual([{ name: 'HUGE_ONE', value: 1n << 63n }]);
  });
});
