import { describe, expect } from 'vitest';
import { type BootResult, boot } from '../../src/boot/boot.js';
import { userspaceMarker } from '../../src/boot/init/program.js';
import type { BootOptions } from '../../src/boot/options.js';
import { waypointNames } from '../../src/boot/waypoints.js';
import { kernelElf } from '../../src/image/image.js';
import { openImage } from '../../src/image/open.js';
import type { Machine } from '../../src/machine/machine.js';
import { wholeHash } from '../machine/whole-hash.js';
import { corpusTest } from '../outside.js';

/** Real kernels. `npm run boots` boots all of them through everything; these few keep the rest honest at every test run. */

async function run(data: Uint8Array, options: BootOptions): Promise<BootResult> {
  return boot(await openImage(data), options);
}

/** Everything about a result that must be the same every time. */
function essence({ seconds: _, ...rest }: BootResult): Omit<BootResult, 'seconds'> {
  return rest;
}

describe('to start_kernel', () => {
  for (const [id, entry, names] of [
    [
      'debian-13-cloud-amd64',
      'pvh',
      ['entry', 'startup_64', 'x86_64_start_kernel', 'x86_64_start_reservations'],
    ],
    [
      'debian-12-cloud-amd64',
      'pvh',
      ['entry', 'startup_64', 'x86_64_start_kernel', 'x86_64_start_reservations'],
    ],
    ['debian-11-686-pae', 'pvh', ['entry', 'startup_32', 'i386_start_kernel']],
  ] as const) {
    corpusTest(`${entry} passes its waypoints, twice alike`, id, [], async ({ data }) => {
      const first = await run(data, { entry, until: 'start_kernel' });
      expect(first).toMatchObject({ verdict: 'reached', stop: 'waypoint', via: 'payload', autopsy: null });
      expect(first.waypoints.map(({ name }) => name)).toEqual([...names, 'start_kernel']);
      // It stops in front of the waypoint, not some blocks later.
      expect(first.waypoints.at(-1)!.instruction).toBe(first.instructions);
      expect(essence(await run(data, { entry, until: 'start_kernel' }))).toEqual(essence(first));
    });
  }

  corpusTest('what the guest is told makes a difference', 'debian-13-cloud-amd64', [], async ({ data }) => {
    const options = { entry: 'pvh', until: 'start_kernel' } as const;
    const [plain, other] = [await run(data, options), await run(data, { ...options, append: 'quiet' })];
    expect(other.hash).not.toBe(plain.hash);
  });

  corpusTest('any function of the kernel is a waypoint', 'debian-13-cloud-amd64', [], async ({ data }) => {
    const { verdict, waypoints } = await run(data, { entry: 'pvh', until: 'setup_arch' });
    expect([verdict, waypoints.at(-1)!.name]).toEqual(['reached', 'setup_arch']);
  });
});

describe('linux32', () => {
  corpusTest('the 32-bit vmlinux of a bzImage, by itself', 'debian-11-686-pae', [], async ({ data }) => {
    const vmlinux = kernelElf(await openImage(data))!.bytes.data;
    const result = await run(vmlinux, { entry: 'linux32', until: 'start_kernel' });
    expect(result).toMatchObject({ verdict: 'reached', via: 'image', autopsy: null });
    expect(result.waypoints.map(({ name }) => name)).toEqual([
      'entry',
      'startup_32',
      'i386_start_kernel',
      'start_kernel',
    ]);
  });
});

describe('linux64', () => {
  corpusTest('a vmlinux that nothing shows to be Linux', 'debian-13-cloud-amd64', [], async ({ data }) => {
    const vmlinux = kernelElf(await openImage(data))!.bytes.data.slice();
    const view = new DataView(vmlinux.buffer);
    // No sections, and no notes: e_shoff, e_shnum, e_shstrndx; p_type of PT_NOTE.
    view.setBigUint64(0x28, 0n, true);
    view.setUint32(0x3c, 0, true);
    const headers = Number(view.getBigUint64(0x20, true));
    for (let i = 0; i < view.getUint16(0x38, true); i++) {
      const at = headers + i * 56;
      if (view.getUint32(at, true) === 4) view.setUint32(at, 0, true);
    }
    expect((await run(vmlinux, {})).verdict).toBe('not-offered');
    const result = await run(vmlinux, { entry: 'linux64', until: 'start_kernel' });
    expect(result).toMatchObject({ verdict: 'reached', via: 'image', autopsy: null });
  });
});

describe('Xen', () => {
  for (const [entry, base] of [
    ['multiboot', '0'],
    ['multiboot2', '0x1fa00000'],
  ] as const) {
    corpusTest(`${entry}, to where it wants a dom0`, 'xen', [], async ({ data }) => {
      const append = 'console=com1 com1=115200,8n1';
      const { verdict, stop, console, reason, autopsy } = await run(data, { entry, append });
      expect(console).toMatch(/^\(XEN\) Xen version 4\./);
      expect(console).toContain(`(XEN) Bootloader: zeropage\r\n(XEN) Command line: ${append}\r\n`);
      expect(console).toContain(`(XEN) Xen image load base address: ${base}\r\n`);
      expect(console).toContain('dom0 kernel not specified');
      expect({ verdict, stop }).toEqual({ verdict: 'failed', stop: 'reset' });
      const panic = 'Xen panic: dom0 kernel not specified. Check bootloader configuration';
      expect([reason, autopsy!.cause]).toEqual([`After entry: ${panic}.`, panic]);
      // It has mapped itself high, and is linked low.
      expect(autopsy!.function).toMatch(/^machine_restart\+/);
      expect(autopsy!.stack.map(({ function: name }) => name.split('+')[0])).toContain('__start_xen');
    });

    corpusTest(`${entry}, without a console, the log it kept`, 'xen', [], async ({ data }) => {
      const { console, autopsy } = await run(data, { entry, append: 'console=vga' });
      expect(console).toBe('');
      expect(autopsy!.cause).toBe('Xen panic: dom0 kernel not specified. Check bootloader configuration');
      expect(autopsy!.log[0]).toMatch(/^\(XEN\) Xen version 4\./);
      expect(autopsy!.log).toContain('(XEN) Panic on CPU 0:');
    });

    corpusTest(`${entry}, the memory map and the module arrive`, 'xen', [], async ({ data }) => {
      const append = 'console=com1 com1=115200,8n1';
      const { console } = await run(data, { entry, append, initrd: new Uint8Array(4096), budget: 20e6 });
      // Its real-mode code has asked the BIOS.
      expect(console).toMatch(/Xen-e820 RAM map:\r\n\(XEN\) {2}\[0{16}, 0{11}9fbff\] \(usable\)/);
      expect(console).toContain('[0000000000100000, 000000001fffffff] (usable)');
      expect(console).toContain('ACPI: RSDP 000E0000');
    });
  }
});

describe('to userspace', () => {
  corpusTest(
    'through pvh',
    'debian-13-cloud-amd64',
    [],
    async ({ data }) => {
      let machine: Machine | undefined;
      const onMachine = (made: Machine): void => {
        machine = made;
      };
      const result = await boot(await openImage(data), { entry: 'pvh' }, { onMachine });
      expect(result.hash).toBe(wholeHash(machine!));
      expect(result.console).toContain('Linux version 6.12');
      expect(result.console).toContain(`${userspaceMarker}\r\n`);
      expect(result).toMatchObject({ verdict: 'userspace', stop: 'power-off', autopsy: null });
      const names = result.waypoints.map(({ name }) => name);
      expect(names).toEqual(waypointNames.filter((name) => names.includes(name)));
      expect(names.slice(-3)).toEqual(['rest_init', 'run_init_process', 'userspace']);
    },
    180_000,
  );
});
