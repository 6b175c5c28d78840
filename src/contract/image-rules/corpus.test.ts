import { expect } from 'vitest';
import { corpusTest } from '../../../test/outside.js';
import { offers } from '../../entry/entries.js';
import { openImage } from '../../image/open.js';
import { checkImage } from './image-rules.js';

/** Signing for Secure Boot spoils the CRC, and Debian's kernels carry no SBAT; neither stops a boot. */
const signedKernel = ['note crc32-mismatch', 'note signed-without-sbat'];

/** Everything the rules say of released images; docs/rules/README.md explains each. */
const expected: Readonly<Record<string, readonly string[]>> = {
  'debian-11-cloud-amd64': signedKernel,
  'debian-11-686-pae': signedKernel,
  'debian-12-cloud-amd64': signedKernel,
  'debian-12-amd64': signedKernel,
  'debian-13-cloud-amd64': signedKernel,
  'debian-13-amd64': signedKernel,
  'debian-13-cloud-arm64': ['note signed-without-sbat'],
  xen: [],
  'xen-efi': ['warning nx-compat-writable-code'],
  'memtest86+x64': [],
  'memtest86+x64-efi': [],
  'memtest86+ia32': [],
  'memtest86+ia32-efi': [],
  'grub-xen-x86_64': [],
  'grub-xen-i386': ['warning header-unreadable'],
  'grub-xen-i386-pvh': [],
};

for (const [id, findings] of Object.entries(expected)) {
  corpusTest('nothing but true findings', id, [], async ({ data }) => {
    const image = await openImage(data);
    const found = checkImage(image, offers(image));
    expect(found.map(({ severity, rule }) => `${severity} ${rule}`)).toEqual(findings);
  });
}
