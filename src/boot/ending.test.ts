import { describe, expect, test } from 'vitest';
import { endingOf } from './ending.js';

const panic = '[    1.2] Kernel panic - not syncing: No working init found.\r\n[    1.3] CPU: 0';
const entered = (...names: string[]): ReadonlySet<string> => new Set(names);

describe('a panic', () => {
  const said = {
    short: 'kernel panic',
    sentence: 'kernel panic: No working init found.',
    manner: 'death',
  };

  test('is known by its function, and told by what the kernel said', () => {
    expect(endingOf({ stop: 'reset', console: panic, entered: entered('panic') })).toEqual(said);
    // Since Linux 6.15 panic() is a wrapper.
    expect(endingOf({ stop: 'stuck', console: panic, entered: entered('vpanic') })).toEqual(said);
  });

  test('is one where nothing was heard of it, and however the machine is reset then', () => {
    for (const stop of ['reset', 'shutdown', 'stuck', 'dead-halt', 'crash'] as const) {
      expect(endingOf({ stop, console: '', entered: entered('panic', 'kernel_restart') }).manner).toBe(
        'death',
      );
    }
  });

  test('is none where a program printed its text', () => {
    expect(endingOf({ stop: 'reset', console: panic, entered: entered() }).short).toBe('reset');
  });

  test('without functions the text must do, but not of a guest that ended itself', () => {
    expect(endingOf({ stop: 'reset', console: panic })).toEqual(said);
    expect(endingOf({ stop: 'power-off', console: panic })).toMatchObject({
      short: 'power off',
      manner: 'ordered',
    });
  });

  test('is none where somebody else ended the boot', () => {
    expect(endingOf({ stop: 'interrupted', console: panic, entered: entered('panic') }).short).toBe(
      'interrupted',
    );
  });

  test('of Xen is in the line below', () => {
    const console = '(XEN) ****\r\n(XEN) Panic on CPU 0:\r\n(XEN) dom0 kernel not specified.\r\n(XEN) ****';
    expect(endingOf({ stop: 'reset', console }).sentence).toBe('Xen panic: dom0 kernel not specified.');
  });
});

test('without one, it is told by why the machine stopped', () => {
  expect(endingOf({ stop: 'shutdown', console: '' }).short).toBe('triple fault');
  expect(endingOf({ stop: 'exit', console: '', exitStatus: 7 }).sentence).toBe(
    'it ended the machine with exit status 7',
  );
});

test('a halt is in order where Linux was asked for it', () => {
  const halt = { stop: 'dead-halt', console: '' } as const;
  expect(endingOf({ ...halt, entered: entered('kernel_halt') }).manner).toBe('ordered');
  expect(endingOf({ ...halt, entered: entered() }).manner).toBe('open');
});
