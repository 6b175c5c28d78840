import { hasBootFlag, isHigh } from './bzimage-rules.js';
import { type LoaderRule, type LoaderWay, refuses, takes } from './loader.js';
import { loadImage } from './pe-rules.js';

const zboot: LoaderRule = {
  asks: 'boot sector signature',
  source: 'U-Boot arch/x86/lib/zimage.c, load_zimage()',
  decide({ image }) {
    const kernel = image.formats.bzimage;
    if (!kernel || !hasBootFlag(kernel)) return refuses('"Invalid Boot Flag": not 0xaa55 at 0x1fe.');
    return isHigh(kernel)
      ? takes('linux32', 'Loaded at 1 MiB and entered at its 32-bit code.')
      : refuses('A zImage: U-Boot enters in 32-bit mode, which that has no entry for.');
  },
};

const booti: LoaderRule = {
  asks: '"ARM\\x64" at offset 56',
  source: 'U-Boot arch/arm/lib/image.c, booti_setup()',
  decide: ({ image }) =>
    image.formats.arm64
      ? takes('arm64', 'Moved to its text_offset and entered at its first byte.')
      : refuses('"Bad Linux ARM64 Image magic!"'),
};

export const uBoot: readonly LoaderWay[] = [
  { id: 'u-boot-zboot', loader: 'U-Boot', how: 'zboot, x86', versions: '2020.10 to 2024.01', rules: [zboot] },
  {
    id: 'u-boot-booti',
    loader: 'U-Boot',
    how: 'booti, arm64',
    versions: '2018.01 to 2024.01',
    rules: [booti],
  },
  {
    id: 'u-boot-bootefi',
    loader: 'U-Boot',
    how: 'bootefi',
    versions: '2018.01 to 2024.01',
    rules: [loadImage('PE image', 'U-Boot lib/efi_loader/efi_image_loader.c, efi_load_pe()')],
  },
];
