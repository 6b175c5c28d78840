import { describe, expect } from 'vitest';
import { type BootResult, boot } from '../../src/boot/boot.js';
import type { BootOptions } from '../../src/boot/options.js';
import { openImage } from '../../src/image/open.js';
import type { Machine } from '../../src/machine/machine.js';
import { wholeHash } from '../machine/whole-hash.js';
import { corpusTest } from '../outside.js';

/** Real kernels on Xen. `npm run boots` takes all of them to userspace; these keep the rest honest at every test run. */

async function run(data: Uint8Array, options: BootOptions): Promise<BootResult> {
  return boot(await openImage(data), options);
}

const names = ({ waypoints }: BootResult): string[] => waypoints.map(({ name }) => name);

describe('xen-pv', () => {
  corpusTest('to userspace', 'debian-13-cloud-amd64', [], async ({ data }) => {
    let machine: Machine | undefined;
    const onMachine = (made: Machine): void => {
      machine = made;
    };
    const result = await boot(await openImage(data), { entry: 'xen-pv' }, { onMachine });
    expect(result.hash).toBe(wholeHash(machine!));
    expect(result).toMatchObject({
      verdict: 'userspace',
      platform: 'xen-pv',
      stop: 'power-off',
      slide: '0x0',
    });
    expect(names(result)).toEqual([
      'entry',
      'xen_start_kernel',
      'x86_64_start_reservations',
      'start_kernel',
      'rest_init',
      'run_init_process',
      'userspace',
    ]);
    expect(result.console).toMatch(/Hypervisor detected: Xen PV/);
    expect(result.console).toMatch(/clocksource: Switched to clocksource xen/);
  });

  for (const id of ['debian-12-cloud-amd64', 'debian-11-cloud-amd64', 'debian-13-amd64', 'debian-12-amd64']) {
    corpusTest('joins the native path at x86_64_start_reservations', id, [], async ({ data }) => {
      const options = { until: 'start_kernel' } as const;
      const result = await run(data, { ...options, entry: 'xen-pv' });
      expect(result).toMatchObject({ verdict: 'reached', autopsy: null });
      expect(names(result)).toEqual([
        'entry',
        'xen_start_kernel',
        'x86_64_start_reservations',
        'start_kernel',
      ]);
      const other = await run(data, { ...options, entry: 'xen-pv', translate: false });
      expect(other.hash).toBe(result.hash);
    });
  }

  corpusTest(
    'a panic is explained: the guest’s kernel runs at level 3',
    'debian-12-cloud-amd64',
    [],
    async ({ data }) => {
      const result = await run(data, { entry: 'xen-pv', append: 'memblock=debug mem=20M' });
      expect(result.verdict).toBe('failed');
      expect(result.autopsy).toMatchObject({ mode: 'kernel, 64-bit' });
      expect(result.autopsy!.function).not.toBeNull();
    },
  );
});

describe('pvh', () => {
  for (const [platform, said] of [
    ['xen-pvh', /Booting kernel on Xen PVH/],
    ['kvm', /kvm-clock: Using msrs 4b564d01 and 4b564d00/],
  ] as const) {
    corpusTest(`on ${platform}`, 'debian-13-cloud-amd64', [], async ({ data }) => {
      const result = await run(data, { entry: 'pvh', platform, until: 'rest_init' });
      expect(result).toMatchObject({ verdict: 'reached', platform });
      expect(result.console).toMatch(said);
    });
  }
});
