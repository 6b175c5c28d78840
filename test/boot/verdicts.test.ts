import { describe, expect } from 'vitest';
import { exitStatusLeaf } from '../../src/abi/exit-status.js';
import { type BootResult, boot } from '../../src/boot/boot.js';
import { initramfs } from '../../src/boot/init/initramfs.js';
import { initCode, initProgram } from '../../src/boot/init/program.js';
import type { BootOptions } from '../../src/boot/options.js';
import { openImage } from '../../src/image/open.js';
import { le } from '../craft/write.js';
import { corpusTest } from '../outside.js';

/** Verdicts on a real kernel with inits of a few bytes. */

const id = 'debian-13-cloud-amd64';
/** Less to do on the way. */
const short = 'quiet cryptomgr.notests initcall_blacklist=jent_mod_init,load_system_certificate_list';

/** An initramfs whose init is this code. */
function initOf(code: readonly number[]): Uint8Array {
  const program = initProgram(64);
  program.set(code, Number(initCode(64).address - 0x400000n));
  return initramfs(64, program);
}

/** MOV EAX, 60; MOV EDI, status; SYSCALL: exit(2). */
const exits = (status: number): Uint8Array => initOf([0xb8, 60, 0, 0, 0, 0xbf, ...le(status, 4), 0x0f, 0x05]);
/** MOV EAX, leaf; MOV ECX, status; CPUID. */
const reports = (status: number): Uint8Array =>
  initOf([0xb8, ...le(exitStatusLeaf, 4), 0xb9, ...le(status, 4), 0x0f, 0xa2]);
/** reboot(2), asked to restart: 0x01234567. */
const restarts = initOf([
  ...[0xb8, 169, 0, 0, 0, 0xbf, ...le(0xfee1dead, 4), 0xbe, ...le(672274793, 4)],
  ...[0xba, ...le(0x01234567, 4), 0x0f, 0x05],
]);

async function run(data: Uint8Array, options: BootOptions): Promise<BootResult> {
  return boot(await openImage(data), { entry: 'pvh', ...options });
}

describe('Linux', () => {
  corpusTest('an init that ends: a panic, and no success', id, [], async ({ data }) => {
    const result = await run(data, { initrd: exits(127), append: short });
    expect(result).toMatchObject({ verdict: 'failed', cause: 'kernel panic', exitStatus: null });
    expect(result.reason).toBe('After userspace: kernel panic: Attempted to kill init! exitcode=0x00007f00.');
    expect(result.autopsy!.cause).toBe('kernel panic: init ended with status 127; it must never end');
  });

  corpusTest('a panic that nobody hears, and that resets by a triple fault', id, [], async ({ data }) => {
    const commandLine = `console=tty0 panic=-1 reboot=triple ${short}`;
    const result = await run(data, { initrd: exits(1), commandLine });
    expect(result).toMatchObject({ verdict: 'failed', cause: 'kernel panic', stop: 'shutdown' });
    expect(result.console).toBe('');
    expect(result.autopsy!.log.join('\n')).toContain('Kernel panic - not syncing: Attempted to kill init!');
  });

  corpusTest('our init, with the console elsewhere', id, [], async ({ data }) => {
    const result = await run(data, { append: `${short} earlyprintk=none console=tty0` });
    expect(result).toMatchObject({ verdict: 'userspace', stop: 'power-off', autopsy: null });
    expect(result.waypoints.at(-1)!.name).toBe('userspace');
    expect(result.console).not.toContain('zeropage');
  });

  corpusTest('a restart that init asked for is no good end', id, [], async ({ data }) => {
    const result = await run(data, { initrd: restarts, append: short });
    expect(result).toMatchObject({ verdict: 'failed', stop: 'reset', cause: 'reset' });
    expect(result.reason).toBe('After userspace: it was asked to restart, and reset the machine.');
    expect(result.autopsy!.cause).not.toContain('before init ran');
  });

  for (const entry of ['pvh', 'xen-pv'] as const) {
    corpusTest(`the status of init comes through: ${entry}`, id, [], async ({ data }) => {
      const result = await run(data, { entry, initrd: reports(42), append: short, expectExit: 42 });
      expect(result).toMatchObject({ verdict: 'expected', stop: 'exit', exitStatus: 42 });
    });
  }

  corpusTest('waypoints beside the path are refused', id, [], async ({ data }) => {
    await expect(run(data, { entry: 'xen-pv', until: 'startup_64' })).rejects.toThrow(
      /startup_64 does not lie on the path from xen-pv/,
    );
    await expect(run(data, { until: 'xen_start_kernel' })).rejects.toThrow(/only xen-pv leads there/);
  });
});
