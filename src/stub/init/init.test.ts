import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { hasGcc, needsGcc, Workshop } from '../../../test/guest/gcc.js';
import { runGuest } from '../../../test/guest/run.js';
import { hypervisorType } from '../../abi/boot-information.js';
import { hardwareSubarch } from '../../abi/hardware-subarch.js';
import { linkGuest } from '../link/link.js';
import { type InitLog, readInitLog } from './log.js';

/** Every way of running and not running, in C and in assembly. */
const guest = `
#include <zeropage/init-table.h>
#define EVERYWHERE .support_hypervisors = ZEROPAGE_ALL, .support_subarchs = ZEROPAGE_ALL
#define XEN ZEROPAGE_BIT(ZEROPAGE_HYPERVISOR_TYPE_XEN)
#define KVM ZEROPAGE_BIT(ZEROPAGE_HYPERVISOR_TYPE_KVM)
static char order[64];
static int at;
static int note(char c) { order[at++] = c; return 0; }
#define CALL(name, c) static int name(const struct zeropage_boot_information *b) { (void)b; return note(c); }
static int yes(const struct zeropage_boot_information *b) { (void)b; return 1; }
static int no(const struct zeropage_boot_information *b) { (void)b; return 0; }
static int never(const struct zeropage_boot_information *b) { (void)b; return -5; }
static int broken(const struct zeropage_boot_information *b) { (void)b; note('!'); return -7; }
CALL(a, 'a') CALL(b, 'b') CALL(c, 'c') CALL(d, 'd') CALL(e, 'e') CALL(f, 'f')

ZEROPAGE_INIT(last, 90, .depends = "second  first", .late = f, EVERYWHERE);
ZEROPAGE_INIT(second, 10, .depends = "first", .early = b, .setup = b, EVERYWHERE);
ZEROPAGE_INIT(first, 10, .early = a, .late = a, .support_hypervisors = ZEROPAGE_ALL,
              .require_subarchs = ZEROPAGE_BIT(ZEROPAGE_HARDWARE_SUBARCH_PC));
ZEROPAGE_INIT(xen_only, 20, .early = c, .require_hypervisors = XEN, .support_subarchs = ZEROPAGE_ALL);
ZEROPAGE_INIT(not_xen, 20, .early = d, .support_hypervisors = ZEROPAGE_ALL, .forbid_hypervisors = XEN,
              .support_subarchs = ZEROPAGE_ALL);
ZEROPAGE_INIT(on_not_xen, 21, .depends = "not_xen", .setup = e, EVERYWHERE);
ZEROPAGE_INIT(clock_a, 30, .group = "clock", .detect = no, .flags = ZEROPAGE_INIT_FLAG_FINISH_IF_DETECTED, .early = c, EVERYWHERE);
ZEROPAGE_INIT(clock_b, 31, .group = "clock", .detect = yes, .flags = ZEROPAGE_INIT_FLAG_FINISH_IF_DETECTED, .setup = d, EVERYWHERE);
ZEROPAGE_INIT(clock_c, 32, .group = "clock", .early = e, EVERYWHERE);
ZEROPAGE_INIT(negative, 33, .detect = never, .early = e, EVERYWHERE);
ZEROPAGE_INIT(fails, 40, .early = broken, .setup = e, .require_hypervisors = KVM, .support_hypervisors = ZEROPAGE_ALL, .support_subarchs = ZEROPAGE_ALL);
ZEROPAGE_INIT(on_fails, 41, .depends = "fails", .early = e, EVERYWHERE);
ZEROPAGE_INIT_TABLE;

static void putc(char c) { __asm__ volatile("outb %0, %1" : : "a"(c), "Nd"((unsigned short)0x3f8)); }
__attribute__((noreturn)) void start(struct zeropage_boot_information *boot) {
  int missing = 0;
  if (boot->init_tables == 1) boot->init_tables = (uint64_t)&zeropage_init_table;
  for (unsigned stage = 0; stage < 3; stage++) {
    missing = zeropage_run_init_tables(boot, stage);
    note('|');
  }
  for (int i = 0; i < at; i++) putc(order[i]);
  for (;;) __asm__ volatile("hlt" : : "a"((long)missing));
}
`;

/** The same for the host, with everything that was recorded printed. */
const hostProgram = `${guest.replace(/static void putc[\s\S]*$/, '')}
#include <stdio.h>
#include <string.h>
int main(int argc, char **argv) {
  (void)argv;
  struct zeropage_boot_information boot;
  memset(&boot, 0, sizeof boot);
  boot.hypervisor = argc == 1 ? ZEROPAGE_HYPERVISOR_TYPE_NONE : ZEROPAGE_HYPERVISOR_TYPE_XEN;
  boot.hardware_subarch = argc == 1 ? ZEROPAGE_HARDWARE_SUBARCH_PC : ZEROPAGE_HARDWARE_SUBARCH_XEN;
  boot.init_tables = (uint64_t)&zeropage_init_table;
  for (unsigned stage = 0; stage < 3; stage++) { zeropage_run_init_tables(&boot, stage); note('|'); }
  if (zeropage_run_init_tables(&boot, 2) != ZEROPAGE_INIT_ERROR_WRONG_STAGE) return 1;
  puts(order);
  struct zeropage_init_log *log = (void *)boot.init_log;
  for (unsigned i = 0; i < log->count; i++) printf("%s %d\\n", zeropage_init_table.entries[i].name, log->records[i].verdict);
  return 0;
}`;

/** What the assembler's macro makes. */
const assembly = `
#include <zeropage/init-table.h>
.text
in_assembly: mov $0, %eax
ret
ZEROPAGE_INIT from-assembly, 10, depends="first second", group=asm, early=in_assembly, support_hypervisors=ZEROPAGE_ALL, forbid_hypervisors=ZEROPAGE_BIT(ZEROPAGE_HYPERVISOR_TYPE_BHYVE), support_subarchs=ZEROPAGE_ALL
.section .note.GNU-stack,"",@progbits
`;

const freestanding = [
  '-O2',
  '-ffreestanding',
  '-mno-red-zone',
  '-mgeneral-regs-only',
  '-fno-stack-protector',
  '-fno-pic',
  '-fno-asynchronous-unwind-tables',
  '-Wno-unused-function',
] as const;

describe.skipIf(!hasGcc)(`init tables of a guest in C and assembly ${needsGcc}`, () => {
  const workshop = new Workshop();
  let image: Uint8Array;

  /** Compiles, links with a given linker, and leaves "guest". */
  function build(linker: 'ld' | 'gold', ...flags: string[]): Uint8Array {
    workshop.build(
      'gcc',
      ...freestanding,
      '-c',
      workshop.write('guest.c', guest),
      '-o',
      workshop.path('guest.o'),
    );
    workshop.build('gcc', '-c', workshop.write('more.S', assembly), '-o', workshop.path('more.o'));
    workshop.build(
      'gcc',
      '-c',
      workshop.write('runtime.S', '#include <zeropage/runtime.S>\n'),
      '-o',
      workshop.path('runtime.o'),
    );
    const objects = ['guest.o', 'more.o', 'runtime.o'].map((name) => workshop.path(name));
    workshop.build(
      linker,
      '-static',
      '-e',
      'start',
      '-Ttext=0x200000',
      ...flags,
      ...objects,
      '-o',
      workshop.path('guest'),
    );
    return readFileSync(workshop.path('guest'));
  }

  const names = [
    'first',
    'second',
    'from-assembly',
    'not_xen',
    'xen_only',
    'on_not_xen',
    'clock_a',
    'clock_b',
    'clock_c',
    'negative',
    'fails',
    'on_fails',
    'last',
  ];

  beforeAll(() => {
    const { image: linked, problems } = linkGuest(build('ld'));
    expect(problems).toEqual([]);
    image = linked!;
  });

  function walk(hypervisor: keyof typeof hypervisorType, subarch: number = hardwareSubarch.PC, bias = 0) {
    const { address } = linkGuest(image).init!;
    const run = runGuest(
      image,
      {
        hypervisor: hypervisorType[hypervisor],
        hardware_subarch: subarch,
        init_tables: address + BigInt(bias),
      },
      { bias },
    );
    return { ...run, log: readInitLog(run.read, run.boot.init_tables) };
  }

  const verdicts = ({ outcomes }: InitLog) =>
    Object.fromEntries(
      outcomes.map(({ name, verdict, blockedBy }) => [name, blockedBy ? `${verdict} ${blockedBy}` : verdict]),
    );

  test('is sorted by level, then dependency, then name, whatever the linker', () => {
    expect(linkGuest(image).init!.initialisers.map(({ id }) => id)).toEqual(names);
    const { init, problems } = linkGuest(build('gold', '--gc-sections', '-u', 'in_assembly'));
    expect(problems).toEqual([]);
    expect(init!.initialisers.map(({ id }) => id).filter((id) => id !== 'from-assembly')).toEqual(
      names.filter((id) => id !== 'from-assembly'),
    );
  });

  test('linking again changes nothing', () => {
    expect(linkGuest(image).image).toEqual(image);
  });

  test('without a hypervisor', () => {
    const { log, console, result } = walk('none');
    expect(verdicts(log)).toEqual({
      first: 'ran',
      second: 'ran',
      'from-assembly': 'ran',
      xen_only: 'unsupported',
      not_xen: 'ran',
      on_not_xen: 'ran',
      clock_a: 'not-detected',
      clock_b: 'ran',
      clock_c: 'finished clock_b',
      negative: 'not-detected',
      fails: 'failed',
      on_fails: 'dependency-missing fails',
      last: 'ran',
    });
    expect(console).toBe('abd!|bed|af|');
    expect(result).toBe(0n);
    expect(log.missing).toBe(0);
    expect(log.stages).toEqual(['early', 'setup', 'late']);
    const outcome = (name: string) => log.outcomes.find((one) => one.name === name)!;
    expect(outcome('first')).toMatchObject({
      required: true,
      order: 10,
      stages: { early: { status: 'ran' }, setup: { status: 'no-callback' }, late: { status: 'ran' } },
    });
    expect(outcome('fails').stages).toEqual({
      early: { status: 'ran', result: -7 },
      setup: { status: 'failed', result: 0 },
      late: { status: 'failed', result: 0 },
    });
    expect(outcome('negative').detected).toBe(-5);
    expect(outcome('clock_b').detected).toBe(1);
  });

  test('on Xen, with the subarch of paravirtual guests', () => {
    const { log, console, result } = walk('xen', hardwareSubarch.XEN);
    expect(verdicts(log)).toMatchObject({
      first: 'unsupported',
      second: 'dependency-missing first',
      'from-assembly': 'dependency-missing first',
      xen_only: 'ran',
      not_xen: 'forbidden',
      on_not_xen: 'dependency-missing not_xen',
    });
    expect(console).toBe('c!|d||');
    expect(result).toBe(0n);
  });

  test('required and failed is counted', () => {
    const { log, result } = walk('kvm');
    expect(result).toBe(1n);
    expect(log.missing).toBe(1);
    expect(log.outcomes.filter(({ required, verdict }) => required && verdict !== 'ran')).toMatchObject([
      { name: 'fails', verdict: 'failed' },
    ]);
  });

  test('types and subarchs that have no bit are unsupported', () => {
    const { log } = walk('none', 32);
    expect(new Set(Object.values(verdicts(log)))).toEqual(new Set(['unsupported']));
  });

  test('runs where it was not linked', () => {
    const { log } = walk('none', hardwareSubarch.PC, 0x400000);
    expect(log.outcomes.map(({ name }) => name)).toEqual(names);
  });

  test('says what is wrong before it walks anything', () => {
    expect(runGuest(image).result).toBe(-1n);
    expect(runGuest(image, { init_tables: 0x8000n }).result).toBe(-2n);
    // The image as the linker left it.
    expect(runGuest(build('ld'), { init_tables: 1n }).result).toBe(-2n);
    expect(runGuest(image, { init_tables: 1n }).result).toBe(0n);
  });

  test('relocations, kept or still to be applied, are refused', () => {
    expect(() => linkGuest(build('ld', '--emit-relocs'))).toThrow('section .zeropage.init has relocations');
    expect(() => linkGuest(buildHost('-pie', '-fpie'))).toThrow('section .zeropage.init has relocations');
  });

  test('C++ declares them too', () => {
    const source = workshop.write(
      'more.cpp',
      `#include <zeropage/init-table.h>
static int setup(const zeropage_boot_information *) { return 0; }
ZEROPAGE_INIT(cpp, 1, .setup = setup, .support_hypervisors = ZEROPAGE_ALL, .support_subarchs = ZEROPAGE_ALL);
ZEROPAGE_INIT_TABLE;
int main() { return 0; }
`,
    );
    workshop.build(
      'g++',
      '-std=c++20',
      '-no-pie',
      '-fno-pic',
      '-Wno-missing-field-initializers',
      source,
      '-o',
      workshop.path('cpp'),
    );
    expect(linkGuest(readFileSync(workshop.path('cpp'))).init!.initialisers).toMatchObject([
      { id: 'cpp', order: 1, callbacks: { early: undefined } },
    ]);
  });

  /** The same tables in a program for the host. */
  function buildHost(...flags: string[]): Uint8Array {
    const sources = [
      workshop.write('host.c', hostProgram),
      workshop.write('runtime.S', '#include <zeropage/runtime.S>\n'),
      workshop.write('more.S', assembly),
    ];
    workshop.build('gcc', ...flags, '-Wno-unused-function', ...sources, '-o', workshop.path('host'));
    return readFileSync(workshop.path('host'));
  }

  test('the host processor walks it the same way', () => {
    const { image: linked, problems } = linkGuest(buildHost('-no-pie', '-fno-pic'));
    expect(problems).toEqual([]);
    workshop.write('host', linked!);
    const [order, ...lines] = workshop.run('host').trim().split('\n');
    expect(order).toBe('abd!|bed|af|');
    expect(lines.map((line) => line.split(' ')[0])).toEqual(names);
    expect(workshop.run('host', 'xen').split('\n')[0]).toBe('c!|d||');
  });
});
