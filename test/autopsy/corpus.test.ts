import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Autopsy } from '../../src/autopsy/autopsy.js';
import { boot } from '../../src/boot/boot.js';
import { cpio } from '../../src/boot/init/cpio.js';
import { initProgram } from '../../src/boot/init/program.js';
import { kernelElf } from '../../src/image/image.js';
import { openImage } from '../../src/image/open.js';
import { bootReport } from '../../src/report/boot.js';
import { foreseen } from '../../src/report/foreseen.js';
import { corpusFile, corpusReason } from '../../tools/corpus/locate.js';
import { corpusTest } from '../outside.js';
import { failure, functions, type Lab } from './failing.js';

/** Real kernels that fail on purpose. */

const id = 'debian-13-cloud-amd64';
const reason = corpusReason(id);
const data = reason ? new Uint8Array(0) : new Uint8Array(readFileSync(corpusFile(id)!.path));
const pvh = { entry: 'pvh' } as const;
const title = (what: string): string => `${what}: ${id}${reason ? ` (${reason})` : ''}`;
const kernelTest = (what: string, body: () => Promise<void>): void => test.skipIf(reason)(title(what), body);

/** xor %eax,%eax */
const zeroEax = [0x31, 0xc0];

describe('before there is an IDT', () => {
  kernelTest('ud2 at the entry', async () => {
    const { autopsy } = await failure(data, pvh, ({ machine }) => {
      machine.memory.ram(Number(machine.cpu.rip), 2).set([0x0f, 0x0b]);
    });
    expect(autopsy).toMatchObject({
      kind: 'triple-fault',
      instruction: 0,
      function: 'pvh_start_xen',
      mode: 'kernel, 32-bit, paging off',
      code: { text: 'ud2', bytes: '0f 0b' },
      chain: ['#UD', '#GP', '#DF'],
    });
    expect(autopsy.cause).toBe(
      "triple fault: #UD in pvh_start_xen at 'ud2', which stands for a BUG or WARN of the code itself; no handler could run: no IDT was loaded yet",
    );
    expect(autopsy.lastFunctions.map(({ function: name }) => name)).toEqual(['pvh_start_xen']);
  });

  kernelTest('start info where there is no memory', async () => {
    const { autopsy } = await failure(data, pvh, ({ machine }) => {
      machine.cpu.gpr[3] = 0x7ff00000n;
    });
    // The kernel uses the start info as a stack first, so even its GDT is garbage.
    expect(autopsy.kind).toBe('triple-fault');
    expect(autopsy.function).toMatch(/^pvh_start_xen\+/);
    expect(autopsy.fault).toMatchObject({ name: '#GP', errorCode: '0x10', code: { text: 'mov %eax,%ds' } });
  });

  kernelTest('start info without its magic', async () => {
    const { autopsy } = await failure(data, pvh, ({ machine }) => {
      machine.cpu.gpr[3] = 0n;
    });
    expect(autopsy.cause).toMatch(/^triple fault: #UD in xen_prepare_pvh\+0x[0-9a-f]+ at 'ud2'/);
    // Called by its physical address, before the high mapping exists.
    expect(functions(autopsy)).toEqual(['pvh_start_xen']);
    expect(autopsy.stack[0]!.address).toMatch(/^0x1[0-9a-f]{6}$/);
  });

  kernelTest('a processor without long mode', async () => {
    const { autopsy } = await failure(data, { ...pvh, cpu: { remove: ['lm'] } });
    expect(autopsy.cause).toContain('#GP in pvh_start_xen+');
    expect(autopsy.cause).toContain(
      'MSR 0xc0000080 (EFER) does not take 0x100: LME needs the CPU feature lm, which this processor profile does not have',
    );
    expect(autopsy.msrs.at(-1)).toMatchObject({ write: true, name: 'EFER', refused: true });
  });

  kernelTest('no page tables for the high mapping', async () => {
    const { autopsy } = await failure(data, pvh, ({ machine, physical }) => {
      machine.memory.ram(physical('level2_kernel_pgt'), 4096).fill(0);
    });
    expect(autopsy).toMatchObject({ kind: 'triple-fault', chain: ['#PF', '#DF'] });
    expect(autopsy.cause).toMatch(
      /#PF in (\w+), executing 0xffffffff8[0-9a-f]{7} <\1>: nothing is mapped there: the PDE is empty; no handler could run: the IDT at 0x[0-9a-f]+ has no entry for #PF$/,
    );
    expect(autopsy.fault!.walk.map(({ level }) => level)).toEqual(['PML4E', 'PDPTE', 'PDE']);
    expect(autopsy.fault!.walk[2]).toMatchObject({
      entry: '0x0',
      bits: 'not present',
      problem: 'nothing is mapped there: the PDE is empty',
    });
    // Identity-mapped code is named too.
    expect(autopsy.lastFunctions.map(({ function: name }) => name)).toContain('__startup_64');
  });
});

describe('what is known of the file', () => {
  /** The vmlinux with all physical addresses higher by as much. */
  const moved = async (by: bigint): Promise<Uint8Array> => {
    const elf = kernelElf(await openImage(data))!;
    const bytes = elf.bytes.data.slice();
    const view = new DataView(bytes.buffer);
    for (const { typeName, headerOffset, paddr } of elf.formats.elf.segments)
      if (typeName === 'PT_LOAD') view.setBigUint64(headerOffset + 24, paddr + by, true);
    view.setBigUint64(24, elf.formats.elf.entry + by, true);
    return bytes;
  };

  kernelTest('a vmlinux at no multiple of 2 MiB', async () => {
    const image = await openImage(await moved(0x100000n));
    const findings = foreseen(image, 'linux64', 'image');
    const report = bootReport('vmlinux', await boot(image, { entry: 'linux64' }), findings);
    expect(report).toMatchObject({ verdict: 'failed', stop: 'stuck', cause: 'kernel misaligned' });
    expect(report.reason).toMatch(/^The kernel would be loaded at 0x1100000, no multiple of 2 MiB: /);
    expect(report.autopsy!.cause).toBe(
      'the kernel is misaligned: __startup_64 loops for ever because the kernel lies at 0x1100000, not a multiple of 2 MiB',
    );
    const { cause } = (await failure(image.bytes.data, { entry: 'linux64', budget: 100 })).autopsy;
    expect(cause).toMatch(/^the budget of 100 instructions ran out/);
  });

  kernelTest('at another multiple of 2 MiB it starts', async () => {
    const image = await openImage(await moved(0x400000n));
    const { verdict } = await boot(image, { entry: 'linux64', until: 'x86_64_start_kernel' });
    expect(verdict).toBe('reached');
  });
});

describe('before the kernel handles exceptions', () => {
  // Linux 6.1 runs beyond the end of its buffer; 6.12 cuts the line off.
  const overflow = 'a command line longer than its buffer, which the start of day would refuse';
  corpusTest(overflow, 'debian-12-cloud-amd64', [], async ({ data: file }) => {
    const { autopsy } = await failure(file, pvh, ({ machine }) => {
      const { memory, cpu } = machine;
      const line = memory.ramSize - 0x10000;
      memory.ram(line, 3001).fill('a'.charCodeAt(0)).fill(0, 3000);
      // hvm_start_info, cmdline_paddr.
      memory.guestView.setBigUint64(Number(cpu.gpr[3]) + 24, BigInt(line), true);
    });
    expect(autopsy).toMatchObject({ kind: 'early-exception', fault: { name: '#UD' } });
    expect(autopsy.cause).toMatch(
      /fortify_panic.*; it said "detected buffer overflow in __fortify_strlen"; it halted in early_fixup_/,
    );
  });

  kernelTest('a NULL pointer is written to', async () => {
    // mov %eax,(%rax)
    const { autopsy } = await failure(data, pvh, ({ patch }) =>
      patch('x86_64_start_reservations', ...zeroEax, 0x89, 0x00),
    );
    expect(autopsy).toMatchObject({
      kind: 'early-exception',
      function: 'native_halt+0xd',
      code: { text: 'hlt' },
      fault: {
        name: '#PF',
        function: 'x86_64_start_reservations+0x2',
        code: { text: 'mov %eax,(%rax)', bytes: '89 00' },
        address: '0x0',
      },
    });
    expect(autopsy.cause).toMatch(
      /^an exception before the kernel could handle any: #PF in x86_64_start_reservations\+0x2 at 'mov %eax,\(%rax\)', writing 0x0 <near NULL>: nothing is mapped there: the PML4E is empty/,
    );
    expect(autopsy.stack.find(({ exception }) => exception)).toMatchObject({
      function: 'x86_64_start_reservations+0x2',
      exception: '#PF',
    });
    expect(functions(autopsy).slice(0, 5)).toEqual([
      'early_fixup_exception',
      'early_idt_handler_common',
      'x86_64_start_reservations',
      'x86_64_start_kernel',
      'common_startup_64',
    ]);
    // Nothing was on the console; the log has what the kernel wanted to say.
    expect(autopsy.console).toEqual([]);
    expect(autopsy.log.join('\n')).toContain('CR2: 0000000000000000');
  });

  kernelTest('a NULL pointer is called', async () => {
    // call *%rax
    const { autopsy } = await failure(data, pvh, ({ patch }) => patch('setup_arch', ...zeroEax, 0xff, 0xd0));
    expect(autopsy.cause).toContain('#PF at 0x0, called from setup_arch+0x4, executing 0x0 <near NULL>');
    expect(autopsy.stack.find(({ exception }) => exception)).toMatchObject({ address: '0x0' });
    expect(functions(autopsy)).toEqual(expect.arrayContaining(['setup_arch', 'start_kernel']));
  });

  kernelTest('an instruction the processor does not have', async () => {
    // vmovdqu (%rsi),%ymm0
    const { autopsy } = await failure(data, pvh, ({ patch }) => patch('setup_arch', 0xc5, 0xfe, 0x6f, 0x06));
    expect(autopsy.cause).toContain(
      '#UD in setup_arch, the instruction belongs to AVX, which this processor does not have, as CPUID says',
    );
  });

  kernelTest('an MSR the processor does not have', async () => {
    // mov $0x48,%ecx; wrmsr
    const { autopsy } = await failure(data, pvh, ({ patch }) =>
      patch('setup_arch', 0xb9, 0x48, 0, 0, 0, 0x0f, 0x30),
    );
    expect(autopsy.cause).toContain(
      "#GP in setup_arch+0x5 at 'wrmsr', this processor has no MSR 0x48 (SPEC_CTRL)",
    );
    expect(autopsy.advice.join()).toContain('model-specific register');
  });

  kernelTest('cli, hlt', async () => {
    const { autopsy } = await failure(data, pvh, ({ patch }) => patch('setup_arch', 0xfa, 0xf4, 0xeb, 0xfd));
    expect(autopsy).toMatchObject({
      kind: 'halt',
      cause: 'the processor halted with interrupts off in setup_arch+0x1, so nothing can wake it',
      function: 'setup_arch+0x1',
      code: { text: 'hlt' },
    });
    expect(functions(autopsy)).toEqual([
      'start_kernel',
      'x86_64_start_reservations',
      'x86_64_start_kernel',
      'common_startup_64',
    ]);
    expect(autopsy.log).toHaveLength(1);
    expect(autopsy.log[0]).toMatch(/^\[ {4}0\.000000\] Linux version 6\.12/);
  });

  kernelTest('cli, jump to itself', async () => {
    const { autopsy, stop, machine } = await failure(data, pvh, ({ patch }) =>
      patch('setup_arch', 0xfa, 0xeb, 0xfe),
    );
    expect(stop).toBe('stuck');
    expect(machine.instructions).toBeLessThan(20e6);
    expect(autopsy.cause).toMatch(/^stuck in a loop in setup_arch: no new code ran for \d+ M instructions$/);
    expect(autopsy.code!.text).toMatch(/^jmp 0xffffffff[0-9a-f]+ <setup_arch\+0x1>$/);
  });

  kernelTest('interrupted by its budget', async () => {
    const { autopsy } = await failure(data, { ...pvh, budget: 25_000 });
    expect(autopsy.kind).toBe('budget');
    expect(autopsy.cause).toMatch(
      /^the budget of 25000 instructions ran out in [\w.]+\+0x[0-9a-f]+, while the boot was still making progress$/,
    );
    expect(autopsy.function).not.toBeNull();
  });
});

describe('panics', () => {
  kernelTest('after an oops', async () => {
    const { autopsy, stop } = await failure(data, { ...pvh, budget: 100e6 }, ({ patch }) =>
      patch('mm_core_init', ...zeroEax, 0x89, 0x00),
    );
    expect(stop).toBe('reset');
    expect(autopsy.kind).toBe('panic');
    expect(autopsy.cause).toMatch(
      /^kernel panic: Attempted to kill the idle task!; #PF in mm_core_init\+0x2 at 'mov %eax,\(%rax\)', writing 0x0 <near NULL>: nothing is mapped there/,
    );
    expect(functions(autopsy)).toContain('panic');
    expect(autopsy.console[0]).toContain('BUG: kernel NULL pointer dereference, address: 0000000000000000');
    expect(autopsy.console.at(-1)).toContain('Kernel panic - not syncing: Attempted to kill the idle task!');
    expect(autopsy.ports.at(-1)).toMatchObject({ write: true, port: '0xcf9', device: 'reset-control' });
  });

  kernelTest('init is killed', async () => {
    // vmovdqu (%rsi),%ymm0 where init begins.
    const init = initProgram(64);
    const entry = Number(new DataView(init.buffer).getBigUint64(24, true) - 0x400000n);
    init.set([0xc5, 0xfe, 0x6f, 0x06], entry);
    const initrd = cpio([
      { name: 'dev', mode: 0o040755 },
      { name: 'dev/console', mode: 0o020600, device: { major: 5, minor: 1 } },
      { name: 'init', mode: 0o100755, data: init },
    ]);
    // Less to do on the way.
    const append = 'quiet cryptomgr.notests initcall_blacklist=jent_mod_init,load_system_certificate_list';
    const { autopsy } = await failure(data, { ...pvh, initrd, append, budget: 3e9 });
    expect(autopsy.kind).toBe('panic');
    expect(autopsy.cause).toMatch(
      /^kernel panic: init was killed by SIGILL: #UD in a program at 0x4000[0-9a-f]{2}, the instruction belongs to AVX/,
    );
    expect(autopsy.advice.join()).toContain('init uses instructions');
  });
});

describe('linux32', () => {
  const pae = 'debian-11-686-pae';
  /** The 32-bit vmlinux by itself. */
  const broken = async (file: Uint8Array, sabotage: (lab: Lab) => void): Promise<Autopsy> => {
    const vmlinux = kernelElf(await openImage(file))!.bytes.data;
    return (await failure(vmlinux, { entry: 'linux32' }, sabotage)).autopsy;
  };

  corpusTest('zero page where there is no memory', pae, [], async ({ data: file }) => {
    const autopsy = await broken(file, ({ machine }) => {
      machine.cpu.gpr[6] = 0x7ff00000n;
    });
    // All ones are read there, so that the command line would lie at the very end of the address space.
    expect(autopsy).toMatchObject({
      kind: 'triple-fault',
      mode: 'kernel, 32-bit, paging off',
      code: { text: 'rep movsl %ds:(%esi),%es:(%edi)' },
    });
    expect(autopsy.function).toMatch(/^startup_32\+/);
  });

  corpusTest('ud2 before the kernel handles exceptions', pae, [], async ({ data: file }) => {
    const autopsy = await broken(file, ({ patch }) => patch('setup_arch', 0x0f, 0x0b));
    expect(autopsy).toMatchObject({
      kind: 'early-exception',
      mode: 'kernel, 32-bit',
      fault: { name: '#UD', function: 'setup_arch' },
    });
    expect(functions(autopsy)).toEqual(expect.arrayContaining(['start_kernel', 'i386_start_kernel']));
  });
});
