import { expect, test } from 'vitest';
import { boot } from '../../src/boot/boot.js';
import { openImage } from '../../src/image/open.js';
import { stateHash } from '../../src/machine/state-hash.js';
import { guestImage } from '../../src/stub/guest/image.js';
import { corpusTest } from '../outside.js';
import { pvGuest } from './pv-guest.js';

test('the conformance guest finds every claim of the xen-pv entry kept', async () => {
  const image = await openImage(guestImage('elf', ['xen-pv']).file, { name: 'guest' });
  const { verdict, console, stop } = await boot(image, { entry: 'xen-pv', memory: 32 });
  expect({ verdict, stop }).toEqual({ verdict: 'reached', stop: 'power-off' });
  expect(console).toMatch(/# entry xen-pv, hypervisor xen/);
  expect(console).not.toMatch(/^not ok/m);
});

corpusTest(
  'GRUB’s Xen port, which is no Linux, gets to its prompt',
  'grub-xen-x86_64',
  [],
  async ({ data }) => {
    const image = await openImage(data);
    const { console, autopsy } = await boot(image, { entry: 'xen-pv', budget: 100e6 });
    expect(console).toMatch(/Welcome to GRUB!/);
    expect(console).toMatch(/grub> /);
    expect(autopsy!.hypercalls.filter(({ unknown }) => unknown)).toEqual([]);
  },
);

corpusTest('a kernel that wants what is not there is refused', 'grub-xen-i386', [], async ({ data }) => {
  const image = await openImage(data);
  await expect(boot(image, { entry: 'xen-pv' })).rejects.toThrow(/32-bit PV guest/);
});

test('an entry goes only with its platforms', async () => {
  const image = await openImage(guestImage('elf', ['xen-pv', 'pvh']).file, { name: 'guest' });
  await expect(boot(image, { entry: 'xen-pv', platform: 'kvm' })).rejects.toThrow(/cannot be entered/);
  await expect(boot(image, { entry: 'pvh', platform: 'xen-pv' })).rejects.toThrow(/cannot be entered/);
});

test('two domains begin alike', async () => {
  expect(stateHash((await pvGuest()).machine)).toBe(stateHash((await pvGuest()).machine));
});
