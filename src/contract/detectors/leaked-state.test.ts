import { expect, test } from 'vitest';
import { craftSubject } from '../../../test/craft/subject.js';
import { makeRecording } from '../../../test/trace/recording.js';
import { linux64 } from '../../entry/linux64.js';
import { choicesOf } from '../../entry/start/vary/choices.js';
import { check } from '../check.js';
import type { Varied } from '../vary/varied.js';

const waypoints = [{ name: 'start_kernel', instruction: 50, time: 50 }];
const subject = craftSubject([makeRecording({ entry: 'linux64', waypoints })]);
const [path] = subject.paths;
const of = (ids: readonly string[], difference: Varied['difference']): Varied => ({
  path: path!,
  seed: 3,
  choices: choicesOf(linux64.freedom).filter(({ id }) => ids.includes(id)),
  difference,
  until: 'start_kernel',
});
const died: Varied['difference'] = {
  kind: 'end',
  reason: 'It does not get to start_kernel. A triple fault shut the processor down.',
  function: 'startup_64',
  instruction: 12,
};

test('a boot that ends otherwise is an error, with what is the loader’s to choose and the command that shows it', () => {
  expect(check({ ...subject, variations: [of(['rdx'], died)] })).toEqual([
    {
      rule: 'leaked-state',
      severity: 'error',
      entry: 'linux64',
      function: 'startup_64',
      instruction: 12,
      message:
        'With another value in RDX the boot ends otherwise: It does not get to start_kernel. A triple fault shut the processor down. ' +
        'That is the loader\'s to choose (boot.rst, "64-bit Boot Protocol", names of the registers RSI, CS, DS, ES and SS alone).',
      other: 'As usual, it gets to start_kernel.',
      confidence: 'certain',
      reproduce:
        'zeropage boot boot/vmlinuz --entry linux64 --platform bare --vary 3:rdx --until start_kernel',
    },
  ]);
});

test('bits of a register that the kernel keeps are an error', () => {
  const registers = [{ name: 'cr4', plain: '0xb0', varied: '0xb4' }];
  expect(check({ ...subject, variations: [of(['cr4-tsd'], { kind: 'registers', registers })] })).toEqual([
    expect.objectContaining({
      rule: 'leaked-state',
      severity: 'error',
      message: expect.stringMatching(
        /^With CR4\.TSD set the kernel gets to start_kernel, and there CR4 is 0xb4\. .*names of the registers/,
      ),
      other: 'As usual, CR4 is 0xb0.',
      reproduce: expect.stringContaining(
        'zeropage trace boot/vmlinuz --entry linux64 --platform bare --vary 3:cr4-tsd',
      ),
    }),
  ]);
});

test('other functions are a warning', () => {
  const [found] = check({
    ...subject,
    variations: [of(['high-memory'], { kind: 'functions', missing: ['clear_bss'], added: [] })],
  });
  expect(found).toMatchObject({ rule: 'leaked-state', severity: 'warning', function: 'clear_bss' });
  expect(found!.message).toContain('clear_bss did not run');
  expect(found!.reproduce).toBe(
    'zeropage trace boot/vmlinuz --entry linux64 --platform bare --vary 3:high-memory --until start_kernel',
  );
});

test('what only the processor brings about is no leaked state', () => {
  expect(check({ ...subject, variations: [of(['vendor'], died)] })).toEqual([
    expect.objectContaining({ rule: 'processor-assumption', severity: 'error' }),
  ]);
});

test('without variations that differ there is no finding', () => {
  expect(check(subject)).toEqual([]);
});
