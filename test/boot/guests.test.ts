import { describe, expect, test } from 'vitest';
import { type BootResult, boot } from '../../src/boot/boot.js';
import { userspaceMarker } from '../../src/boot/init/program.js';
import type { BootControl, BootOptions } from '../../src/boot/options.js';
import { StartError } from '../../src/core/errors.js';
import { openImage } from '../../src/image/open.js';
import { efiKernel } from '../cli/crafted.js';
import { type GuestName, guest, plainElf64 } from './guests.js';

async function run(
  name: GuestName,
  options: BootOptions = {},
  control: BootControl = {},
): Promise<BootResult> {
  const image = await openImage(guest(name), { name });
  return boot(image, { entry: 'pvh', memory: 32, ...options }, control);
}

describe('verdicts', () => {
  test('who ends itself has ended in order; what our init says proves nothing', async () => {
    const { verdict, stop, via, console, reason, waypoints } = await run('works');
    expect({ verdict, stop, via }).toEqual({ verdict: 'ended', stop: 'power-off', via: 'image' });
    expect(console).toBe(`hello\r\n${userspaceMarker}\r\n`);
    expect(reason).toBe('It switched the power off; nothing says what it was to do.');
    expect(waypoints.map(({ name }) => name)).toEqual(['entry']);
  });

  test.each([
    ['works', { expect: ['hello', /^zeropage: .* reached$/m] }, 'expected', 'as expected'],
    ['works', { expect: ['good night'] }, 'failed', 'not as expected'],
    ['works', { expectExit: 0 }, 'expected', 'as expected'],
    ['works', { expectExit: 33 }, 'failed', 'not as expected'],
    ['halts', { expect: ['good night'] }, 'expected', 'as expected'],
    ['resets', { expect: ['hello'] }, 'expected', 'as expected'],
    ['faints', { expect: ['hello'] }, 'failed', 'triple fault'],
    ['strays', { expect: ['hello'] }, 'failed', 'empty memory'],
  ] as const)('%s where %o is expected', async (name, options, verdict, cause) => {
    const result = await run(name, options);
    expect(result).toMatchObject({ verdict, cause });
    // Who ended in order has no cause of death.
    expect(result.autopsy === null).toBe(result.stop === 'power-off' || verdict === 'expected');
  });

  test('code at level 3 is no userspace where nothing shows that it is, and its death is one', async () => {
    const { verdict, stop, console, reason, waypoints, autopsy } = await run('descends');
    expect({ verdict, stop, console }).toEqual({ verdict: 'failed', stop: 'shutdown', console: '3' });
    expect(reason).toBe('After entry: a triple fault shut the processor down.');
    expect(waypoints.map(({ name }) => name)).toEqual(['entry']);
    expect(autopsy!.cause).toMatch(
      /^triple fault: #UD in a program at 0x\w+ .*; no handler could run: no IDT/,
    );
  });

  test('an exit status of its own', async () => {
    const exits = await run('exits');
    expect(exits).toMatchObject({
      verdict: 'failed',
      stop: 'exit',
      exitStatus: 3,
      autopsy: null,
      instructions: 3,
    });
    expect(exits.reason).toBe(
      'It ended the machine with exit status 3; --expect-exit 3 says that this is right.',
    );
    expect(await run('exits', { expectExit: 3 })).toMatchObject({ verdict: 'expected', exitStatus: 3 });
    expect(await run('exits', { expectExit: 0 })).toMatchObject({ verdict: 'failed', exitStatus: 3 });
    const written = { devices: ['isa-debug-exit'], expect: ['hello'], expectExit: 33 } as const;
    expect(await run('writes', written)).toMatchObject({ verdict: 'expected', exitStatus: 33 });
    // Without the device there is nobody who listens.
    expect(await run('writes', { ...written, devices: [] })).toMatchObject({
      verdict: 'failed',
      stop: 'dead-halt',
    });
  });

  test('empty memory is noticed at once, and where it begins', async () => {
    const { stop, instructions, autopsy } = await run('strays');
    expect(stop).toBe('empty-memory');
    expect(instructions).toBeLessThan(200);
    expect(autopsy).toMatchObject({
      kind: 'empty-memory',
      cause:
        'the guest ran into empty memory at 0x1800000 as 32-bit code: nothing but zeros; the last new code before it was in 0x1000000',
      advice: [],
    });
  });

  test('a call of a BIOS where there is none', async () => {
    const { stop, autopsy } = await run('calls');
    expect(stop).toBe('empty-memory');
    expect(autopsy!.cause).toBe(
      'the guest ran into empty memory at 0x0 in real mode: nothing but zeros; INT 0x10 led there from 0x8016: there is no BIOS that would answer it',
    );
    expect(autopsy!.advice.join()).toContain('linux16');
  });

  test('one asked for the entry is there at once', async () => {
    const { verdict, waypoints, instructions, hash } = await run('works', { until: 'entry' });
    expect({ verdict, instructions }).toEqual({ verdict: 'reached', instructions: 0 });
    expect(waypoints).toEqual([{ name: 'entry', instruction: 0, time: 0 }]);
    expect(hash).toMatch(/^[0-9a-f]{16}$/);
  });

  test.each([
    ['resets', 'reset', 'reset'],
    ['halts', 'dead-halt', 'halted'],
    ['dies', 'shutdown', 'triple fault'],
    ['hangs', 'stuck', 'stuck'],
    ['ticks', 'budget', 'out of budget'],
  ] as const)('%s', async (name, stop, cause) => {
    const result = await run(name, { budget: 100_000 });
    expect(result).toMatchObject({ verdict: 'failed', stop, cause });
    expect(result.reason).toMatch(/^After entry: /);
    expect(result.autopsy).not.toBeNull();
    // Nothing of Linux where there is none.
    expect(JSON.stringify(result.autopsy)).not.toMatch(/init|console=|verify_cpu/);
  });

  test('the budget is kept to the instruction', async () => {
    expect((await run('ticks', { budget: 12_345 })).instructions).toBe(12_345);
  });

  test('not offered', async () => {
    const result = await run('works', { entry: 'xen-pv' });
    expect(result).toMatchObject({ verdict: 'not-offered', via: null, hash: null, autopsy: null });
    expect(result.reason).toMatch(/Xen/);
  });

  test('not offered, but to be had by name', async () => {
    const image = await openImage(plainElf64());
    expect(await boot(image, { memory: 32 })).toMatchObject({ verdict: 'not-offered', entry: null });
    const named = await boot(image, { entry: 'linux64', memory: 32 });
    expect(named).toMatchObject({ stop: 'power-off', via: 'image', console: 'zero page: HdrS' });
  });

  test('not supported', async () => {
    const result = await boot(await openImage(efiKernel()), { entry: 'efi' });
    expect(result).toMatchObject({ verdict: 'not-supported', entry: 'efi', via: 'image', hash: null });
  });

  test('without an entry it is the first that can be booted', async () => {
    expect(await run('works', { entry: undefined })).toMatchObject({ verdict: 'ended', entry: 'pvh' });
  });
});

describe('a boot that cannot start', () => {
  test.each([
    ['too little memory', { memory: 16 }, /segment 0 belongs at 0x1000000.*RAM ends at 0x1000000/],
    ['memory out of range', { memory: 4096 }, /16 to 3072 MiB/],
    ['an unknown waypoint', { until: 'start_kernel' }, /no symbols/],
    ['userspace of what is no Linux kernel', { until: 'userspace' }, /userspace cannot be recognised/],
    ['an initrd that is too large', { initrd: new Uint8Array(40 << 20) }, /initrd of 40 MiB finds no room/],
  ])('%s', async (_, options, message) => {
    const booting = run('works', options);
    await expect(booting).rejects.toThrow(StartError);
    await expect(booting).rejects.toThrow(message);
  });
});

describe('from outside', () => {
  test('a signal ends it', async () => {
    const result = await run('ticks', {}, { signal: AbortSignal.abort() });
    expect(result).toMatchObject({ verdict: 'failed', stop: 'interrupted' });
  });

  test('the console comes line by line', async () => {
    const lines: string[] = [];
    await run('works', {}, { onConsole: (bytes) => lines.push(new TextDecoder().decode(bytes)) });
    expect(lines).toEqual(['hello\r\n', `${userspaceMarker}\r\n`]);
  });

  test('an incomplete line comes too', async () => {
    let text = '';
    await run('halts', {}, { onConsole: (bytes) => (text += new TextDecoder().decode(bytes)) });
    expect(text).toBe('good night');
  });
});

test('the same boot has the same state, and another has not', async () => {
  const [a, b, other] = [await run('works'), await run('works'), await run('works', { append: 'x' })];
  expect(b.hash).toBe(a.hash);
  expect(other.hash).not.toBe(a.hash);
});
