import { describe, expect, test } from 'vitest';
import { crashed, type Setting } from './crafted.js';

/** Endings by what the kernel said, or by what the machine was doing: on a guest of a few bytes. */

const cliHlt = [0xfa, 0xf4];
const stamped = (...lines: string[]): string =>
  lines.map((line, i) => `[    1.20000${i}] ${line}\r\n`).join('');
const panic = (...lines: string[]): string =>
  stamped(...lines.slice(0, -1), `Kernel panic - not syncing: ${lines.at(-1)}`);

async function cause(code: readonly number[], setting: Setting) {
  const { autopsy } = await crashed(code, setting);
  return autopsy;
}

describe('panics', () => {
  test.each([
    [
      ['No working init found.  Try passing init= option to kernel.'],
      'kernel panic: No working init found.  Try passing init= option to kernel.',
      'no init',
    ],
    [
      ['VFS: Unable to mount root fs on unknown-block(0,0)'],
      'kernel panic: VFS: Unable to mount root fs on unknown-block(0,0)',
      'no init',
    ],
    [
      ['Out of memory: Killed process 1 (init)', 'System is deadlocked on memory'],
      'kernel panic: System is deadlocked on memory',
      'give it more with -m',
    ],
    [
      ['Attempted to kill init! exitcode=0x00000100'],
      'kernel panic: init ended with status 1; it must never end',
      '',
    ],
    [['Attempted to kill init! exitcode=0x0000000b'], 'kernel panic: init was killed by SIGSEGV', ''],
    [['Attempted to kill init! exitcode=0x0000001f'], 'kernel panic: init was killed by signal 31', ''],
    [
      ["IO-APIC + timer doesn't work!  Boot with apic=debug"],
      "kernel panic: IO-APIC + timer doesn't work!  Boot with apic=debug",
      'noapic',
    ],
    [
      ['kernel BUG at mm/slub.c:1234!', 'Oops: invalid opcode: 0000 [#1]', 'Fatal exception'],
      'kernel panic: Fatal exception; kernel BUG at mm/slub.c:1234!',
      '',
    ],
  ] as const)('%j', async (lines, sentence, advice) => {
    const autopsy = await cause(cliHlt, { console: panic(...lines) });
    expect(autopsy).toMatchObject({ kind: 'panic', cause: sentence });
    expect(autopsy.advice.join()).toContain(advice);
  });

  test('the place of an oops is looked up among the exceptions', async () => {
    // mov %eax,(%rax) with an IDT whose handler halts.
    const autopsy = await cause([0x31, 0xc0, 0x89, 0x00, ...cliHlt], {
      prepare: ({ machine, put }) => {
        machine.cpu.idtr.limit = 0xfff;
        put(0x2000 + 14 * 16, 0x00008e0000080000n | 0x104n | (0x20n << 48n));
        put(0xb000, 0n);
      },
      console: panic('BUG: kernel NULL pointer dereference', 'RIP: 0010:crash+0x2/0x10', 'Fatal exception'),
    });
    expect(autopsy.cause).toBe(
      "kernel panic: Fatal exception; #PF in crash+0x2 at 'mov %eax,(%rax)', writing 0x0 <near NULL>: nothing is mapped there: the PTE is empty",
    );
  });

  test('the middle of a long complaint is left away', async () => {
    const dump = Array.from({ length: 40 }, (_, i) => `register dump ${i}`);
    const { console } = await cause(cliHlt, { console: panic('BUG: trouble', ...dump, 'Fatal exception') });
    expect(console).toHaveLength(13);
    expect(console[0]).toContain('BUG: trouble');
    expect(console[6]).toBe('…');
    expect(console[12]).toContain('Kernel panic');
  });
});

describe('other endings', () => {
  test('the panic of Xen', async () => {
    const console =
      '(XEN) ****\r\n(XEN) Panic on CPU 0:\r\n(XEN) dom0 kernel not specified. Check bootloader configuration\r\n(XEN) ****';
    const autopsy = await cause(cliHlt, { console, linux: false });
    expect(autopsy).toMatchObject({
      kind: 'panic',
      cause: 'Xen panic: dom0 kernel not specified. Check bootloader configuration',
    });
  });

  test('the decompressor', async () => {
    const autopsy = await cause(cliHlt, { console: '\n\nout of memory\n\n -- System halted' });
    expect(autopsy).toMatchObject({ kind: 'halt', cause: 'the decompressor gave up: out of memory' });
  });

  test('a processor that lacks something is thought of only where the kernel has said nothing yet', async () => {
    const advice = async (console: string) => (await cause(cliHlt, { console })).advice.join();
    for (const silent of [
      '',
      'early console in extract_kernel\r\nDecompressing Linux... Parsing ELF... done.',
    ])
      expect(await advice(silent)).toContain('verify_cpu');
    expect(await advice('hello\r\n')).not.toContain('verify_cpu');
    expect(await advice(stamped('Linux version 6.1.0'))).not.toContain('verify_cpu');
  });

  test('a reset by a triple fault, as a kernel does it on purpose', async () => {
    const autopsy = await cause([0xcc], {});
    expect(autopsy).toMatchObject({
      kind: 'reset',
      cause: 'the kernel reset the machine by a triple fault on purpose',
      chain: ['#BP', '#GP', '#DF'],
    });
    const after = await cause([0xcc], { console: panic('Fatal exception') });
    expect(after).toMatchObject({ kind: 'panic', cause: 'kernel panic: Fatal exception' });
  });

  test('a reset through a port', async () => {
    // mov $0xfe,%al; out %al,$0x64
    const autopsy = await cause([0xb0, 0xfe, 0xe6, 0x64, ...cliHlt], {
      console: stamped('reboot: Restarting system'),
      beforeInit: true,
    });
    expect(autopsy.kind).toBe('reset');
    expect(autopsy.cause).toMatch(
      /^the guest reset the machine through the keyboard controller \(port 0x64\) in crash\+0x[0-9a-f]+ before init ran; it said "Restarting system"$/,
    );
  });

  test('power off', async () => {
    const off = { stop: 'power-off', console: stamped('reboot: Power down') } as const;
    const before = await cause(cliHlt, { ...off, beforeInit: true });
    expect(before.cause).toBe('the guest switched the power off before init ran; it said "Power down"');
    const autopsy = await cause(cliHlt, off);
    expect(autopsy.cause).toBe('the guest switched the power off; it said "Power down"');
  });

  test('advice about Linux is for Linux', async () => {
    const halted = { console: stamped('init: No working init found') } as const;
    expect((await cause(cliHlt, halted)).advice).not.toEqual([]);
    expect((await cause(cliHlt, { ...halted, linux: false })).advice).toEqual([]);
  });

  test('a loop that waits for a device', async () => {
    // in $0x64,%al; jmp back
    const autopsy = await cause([0xe4, 0x64, 0xeb, 0xfc], { stop: 'stuck', budget: 5000 });
    expect(autopsy.cause).toMatch(
      /^stuck in a loop in crash(\+0x2)?: no new code ran for \d+ instructions; it polls port 0x64, where i8042 always says 0x[0-9a-f]+$/,
    );
    const nobody = await cause([0xe4, 0x99, 0xeb, 0xfc], { stop: 'stuck', budget: 5000 });
    expect(nobody.cause).toContain('it polls port 0x99, where no device answers');
    expect(nobody.ports).toEqual([
      { write: false, port: '0x99', bits: 8, value: '0xff', count: expect.any(Number), device: null },
    ]);
  });

  test('out of budget, idle', async () => {
    const autopsy = await cause([0xfb, 0xf4, 0xeb, 0xfd], {
      budget: 20_000,
      prepare: ({ machine }) => {
        const tick = (): void => void machine.clock.schedule(machine.clock.now + 500, tick, 'tick');
        tick();
      },
    });
    expect(autopsy.cause).toBe(
      'the budget of 20000 instructions ran out while the processor was idle in crash+0x1, waiting for an interrupt',
    );
  });

  test('stopped from outside', async () => {
    const autopsy = await cause([0xeb, 0xfe], { stop: 'interrupted' });
    expect(autopsy).toMatchObject({ kind: 'stopped', cause: 'the machine was stopped from outside' });
    expect(autopsy.advice).not.toEqual([]);
  });
});
