/**
 * Records what QEMU's and GRUB's Multiboot loaders hand over to small kernels, in loaders.json, which tests compare with ours.
 * Needs qemu-system-i386, grub-mkrescue with GRUB's i386-pc modules, xorriso and mtools; takes a minute. Format the file with biome then.
 */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { kernels } from './kernels.js';
import { type Observation, throughGrub, throughQemu, versionOf } from './loaders.js';

const qemu: Record<string, Observation> = {};
const grub: Record<string, Observation> = {};
for (const [name, { version }] of Object.entries(kernels)) {
  if (version === 1) qemu[name] = await throughQemu(name);
  grub[name] = await throughGrub(name);
  process.stdout.write(`${name}\n`);
}
const versions = { qemu: versionOf('qemu-system-i386'), grub: versionOf('grub-mkrescue') };
writeFileSync(
  fileURLToPath(new URL('loaders.json', import.meta.url)),
  `${JSON.stringify({ versions, qemu, grub }, null, 2)}\n`,
);
