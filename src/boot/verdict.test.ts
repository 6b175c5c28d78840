import { describe, expect, test } from 'vitest';
import type { Evidence } from './verdict.js';
import { judge } from './verdict.js';

const own = { by: 'own-init', bits: 64 } as const;
const linux = { linux: true, userspace: own, entered: new Set<string>() } as const;
const other = { linux: false, userspace: undefined } as const;
const booted = ['entry', 'start_kernel', 'userspace'];
const panic = '[ 1.0] Kernel panic - not syncing: Attempted to kill init! exitcode=0x00007f00\r\n';
const goal = { name: 'conformance', marker: 'done' };

function verdict(names: readonly string[], given: Partial<Evidence> & Pick<Evidence, 'stop'>): string {
  const waypoints = names.map((name) => ({ name, instruction: 0, time: 0 }));
  const { verdict, reason } = judge({ options: {}, ...other, console: '', waypoints, ...given });
  return `${verdict}: ${reason}`;
}

describe('Linux', () => {
  test.each<[string, Partial<Evidence> & Pick<Evidence, 'stop'>, readonly string[], string]>([
    ['init ran', { stop: 'power-off' }, booted, 'userspace: Init ran; it switched the power off.'],
    [
      'the power went before init ran',
      { stop: 'power-off' },
      ['entry', 'start_kernel'],
      'failed: After start_kernel, before userspace: it switched the power off.',
    ],
    [
      'a panic after userspace',
      { stop: 'reset', console: panic, entered: new Set(['panic']) },
      booted,
      'failed: After userspace: kernel panic: Attempted to kill init! exitcode=0x00007f00.',
    ],
    [
      'a panic that nobody heard',
      { stop: 'reset', entered: new Set(['panic']) },
      booted,
      'failed: After userspace: the kernel panicked.',
    ],
    [
      'a panic that a program made up',
      { stop: 'power-off', console: panic },
      booted,
      'userspace: Init ran; it switched the power off.',
    ],
    [
      'a triple fault after userspace',
      { stop: 'shutdown' },
      booted,
      'failed: After userspace: a triple fault shut the processor down.',
    ],
    ['a reset after userspace', { stop: 'reset' }, booted, 'failed: After userspace: it reset the machine.'],
    [
      'a restart that init asked for, by a triple fault',
      { stop: 'shutdown', entered: new Set(['kernel_restart']) },
      booted,
      'failed: After userspace: it was asked to restart, and reset the machine.',
    ],
    [
      'a hang after userspace',
      { stop: 'budget' },
      booted,
      'failed: After userspace: the budget of instructions ran out.',
    ],
    [
      'an ordered halt',
      { stop: 'dead-halt', entered: new Set(['kernel_halt']) },
      booted,
      'userspace: Init ran; it was asked to halt, and did.',
    ],
    [
      'a halt that nobody asked for',
      { stop: 'dead-halt' },
      booted,
      'failed: After userspace: it halted with nothing left that could wake the processor.',
    ],
    [
      'without symbols, and an init that is not ours',
      { stop: 'power-off', userspace: undefined },
      ['entry'],
      'ended: It switched the power off; without symbols nothing shows whether init ran.',
    ],
    [
      'a status of init',
      { stop: 'exit', exitStatus: 3 },
      booted,
      'failed: It ended the machine with exit status 3; --expect-exit 3 says that this is right.',
    ],
    [
      'a status of 0',
      { stop: 'exit', exitStatus: 0 },
      booted,
      'userspace: Init ran; it ended the machine with exit status 0.',
    ],
    [
      'userspace as the waypoint',
      { stop: 'waypoint', options: { until: 'userspace' } },
      booted,
      'userspace: Init ran.',
    ],
  ])('%s', (_, given, names, said) => {
    expect(verdict(names, { ...linux, ...given })).toBe(said);
  });
});

describe('waypoints', () => {
  test.each<[string, Partial<Evidence> & Pick<Evidence, 'stop'>, readonly string[], string]>([
    [
      'one that was reached',
      { stop: 'waypoint', options: { until: 'rest_init' } },
      ['rest_init'],
      'reached: It reached rest_init.',
    ],
    [
      'one behind where it ended',
      { stop: 'shutdown', options: { until: 'rest_init' } },
      ['entry', 'start_kernel'],
      'failed: After start_kernel, without passing rest_init: a triple fault shut the processor down.',
    ],
    [
      'one that it must have gone around',
      { stop: 'power-off', options: { until: 'startup_64' } },
      booted,
      'failed: After userspace, which lies behind startup_64: the boot did not pass there; it switched the power off.',
    ],
    [
      'a function that was never called',
      { stop: 'power-off', options: { until: 'x' } },
      booted,
      'failed: After userspace, without passing x: it switched the power off.',
    ],
  ])('%s', (_, given, names, said) => {
    expect(verdict(names, { ...linux, ...given })).toBe(said);
  });
});

describe('guests that are not Linux', () => {
  const says = (console: string, more: Partial<Evidence> & Pick<Evidence, 'stop'>) => ({ console, ...more });
  test.each<[string, Partial<Evidence> & Pick<Evidence, 'stop'>, readonly string[], string]>([
    [
      'power off',
      says('hello', { stop: 'power-off' }),
      [],
      'ended: It switched the power off; nothing says what it was to do.',
    ],
    [
      'a triple fault',
      says('hello', { stop: 'shutdown' }),
      ['entry'],
      'failed: After entry: a triple fault shut the processor down.',
    ],
    [
      'the text of a panic, then power off',
      says(panic, { stop: 'power-off' }),
      ['entry'],
      'ended: It switched the power off; nothing says what it was to do.',
    ],
    [
      'the panic of Xen',
      says(
        '(XEN) Panic on CPU 0:\r\n(XEN) dom0 kernel not specified. Check bootloader configuration\r\n(XEN) ***',
        {
          stop: 'reset',
        },
      ),
      ['entry'],
      'failed: After entry: Xen panic: dom0 kernel not specified. Check bootloader configuration.',
    ],
    [
      'its own goal',
      { stop: 'power-off', goal },
      ['entry', 'conformance'],
      'reached: It reached conformance; it switched the power off.',
    ],
    [
      'its own goal, then a reset',
      { stop: 'reset', goal },
      ['entry', 'conformance'],
      'reached: It reached conformance; it reset the machine.',
    ],
    [
      'its own goal, then a triple fault',
      { stop: 'shutdown', goal },
      ['entry', 'conformance'],
      'failed: After conformance: a triple fault shut the processor down.',
    ],
    [
      'its own goal missed',
      { stop: 'power-off', goal },
      ['entry'],
      'failed: After entry, before conformance: it switched the power off.',
    ],
  ])('%s', (_, given, names, said) => {
    expect(verdict(names, given)).toBe(said);
  });
});

describe('expectations', () => {
  const hello = 'hello\r\nworld 42\r\n';
  test.each<[string, Partial<Evidence> & Pick<Evidence, 'stop'>, string]>([
    [
      'all said',
      { stop: 'power-off', options: { expect: ['hello\nworld', /^world \d+$/m] } },
      'expected: It said what was expected; it switched the power off.',
    ],
    [
      'one missing',
      { stop: 'power-off', options: { expect: ['hello', /bye/i] } },
      'failed: It did not say /bye/i; it switched the power off.',
    ],
    [
      'all said, then a triple fault',
      { stop: 'shutdown', options: { expect: ['hello'] } },
      'failed: After entry: a triple fault shut the processor down.',
    ],
    [
      'all said, then it halts',
      { stop: 'dead-halt', options: { expect: ['hello'] } },
      'expected: It said what was expected; it halted with nothing left that could wake the processor.',
    ],
    [
      'a status',
      { stop: 'exit', exitStatus: 33, options: { expectExit: 33 } },
      'expected: As expected: it ended the machine with exit status 33.',
    ],
    [
      'another status',
      { stop: 'exit', exitStatus: 35, options: { expect: ['hello'], expectExit: 33 } },
      'failed: Exit status 33 was expected; it ended the machine with exit status 35.',
    ],
    [
      'switching off counts as 0',
      { stop: 'power-off', options: { expectExit: 0 } },
      'expected: As expected: it switched the power off.',
    ],
    [
      'no status at all',
      { stop: 'dead-halt', options: { expectExit: 0 } },
      'failed: After entry: it halted with nothing left that could wake the processor.',
    ],
  ])('%s', (_, given, said) => {
    expect(verdict(['entry'], { console: hello, ...given })).toBe(said);
  });

  test('a panic is no failure for who waits for its words, and one for who does not', () => {
    const died = {
      ...linux,
      stop: 'reset',
      console: `hello\n${panic}`,
      entered: new Set(['panic']),
    } as const;
    expect(verdict(booted, { ...died, options: { expect: [/kill init! exitcode=0x0*7f00/] } })).toMatch(
      /^expected/,
    );
    expect(verdict(booted, { ...died, options: { expect: ['hello'] } })).toMatch(
      /^failed: After userspace: kernel panic/,
    );
  });
});
