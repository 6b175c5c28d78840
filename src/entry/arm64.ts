import { arm64ImageHeader } from '../abi/arm64-image.js';
import { elfMachine } from '../abi/elf.js';
import { hex } from '../core/errors.js';
import { fieldSize } from '../core/struct.js';
import type { Arm64Image } from '../image/container/arm64-image.js';
import type { EntryDefinition, Evidence } from './entry.js';
import { Quoting } from './evidence.js';

/** text_offset of kernels before 3.17, which leave image_size 0 and text_offset in the kernel's own byte order. */
const OLD_TEXT_OFFSET = 0x80000n;

export const arm64: EntryDefinition<'arm64'> = {
  id: 'arm64',
  title: 'arm64 Image',
  order: 10,
  architecture: 'arm64',
  declaredBy: ['arm64 header'],
  state: [
    'X0 = physical address of the device tree, 8-byte aligned, at most 2 MiB; X1 = X2 = X3 = 0',
    'PC = first byte of the image, which stands text_offset bytes above a 2 MiB aligned base',
    'EL2 (recommended) or EL1, non-secure; PSTATE DAIF all masked',
    'MMU off; data cache clean to the point of coherency over the image; instruction cache without stale lines',
    'CNTFRQ holds the timer frequency, CNTVOFF the same value on all processors',
    'image_size bytes from the image on free; initrd within the same 32 GiB window, named in /chosen',
  ],
  claim(layer, layerName) {
    const quoting = new Quoting(layer, layerName);
    const image = layer.formats.arm64;
    if (!image) {
      const isElf = layer.formats.elf?.machine === elfMachine.EM_AARCH64;
      return {
        offered: false,
        reason: isElf
          ? 'An arm64 ELF file, not an Image: loaders look for "ARM\\x64" at file offset 56.'
          : 'There is no "ARM\\x64" at file offset 56.',
        evidence: layer.bytes.has(56, 4) ? [quote(quoting, 'magic', 'not "ARM\\x64"')] : [],
      };
    }
    const textOffset = image.imageSize === 0n ? OLD_TEXT_OFFSET : image.textOffset;
    return {
      offered: true,
      address: 0n,
      addressKind: 'file offset',
      reason: 'The header has the magic of an arm64 Image; execution begins at its first byte.',
      evidence: [
        quote(quoting, 'magic', '"ARM\\x64"'),
        quote(quoting, 'code0', 'the first instruction'),
        quote(quoting, 'text_offset', `load ${hex(textOffset)} bytes above a 2 MiB aligned base`),
        quote(quoting, 'image_size', `${hex(image.imageSize)} bytes in memory`),
        quote(quoting, 'flags', flagsText(image)),
      ],
      facts: {
        'load address': `2 MiB aligned base + ${hex(textOffset)}${image.anywhere ? '' : ', as close as possible to the start of RAM'}`,
        'size in memory': image.imageSize === 0n ? 'not stated (kernel before 3.17)' : hex(image.imageSize),
        kernel: flagsText(image),
      },
    };
  },
};

function flagsText(image: Arm64Image): string {
  const order = image.bigEndian ? 'big-endian' : 'little-endian';
  const pages = image.pageSize === 0 ? 'page size unspecified' : `${image.pageSize / 1024} KiB pages`;
  return `${order}, ${pages}, ${image.anywhere ? 'any 2 MiB aligned base' : 'base close to the start of RAM'}`;
}

function quote(quoting: Quoting, name: keyof typeof arm64ImageHeader.fields, meaning: string): Evidence {
  const field = arm64ImageHeader.fields[name];
  return quoting.at(field.offset, fieldSize(field), meaning, `Documentation/arch/arm64/booting.rst, ${name}`);
}
