import { field } from '../setup-facts.js';
import { enter32, hasBootFlag, isHigh } from './bzimage-rules.js';
import { type LoaderRule, type LoaderWay, mistakes, refuses, takes } from './loader.js';
import { loadImage } from './pe-rules.js';

/** BZIMAGE_MAX_SIZE and ZIMAGE_MAX_SIZE of arch/x86/include/asm/zimage.h. */
const MAX_SIZE = { bzImage: 15 << 20, zImage: 512 << 10 } as const;
const SINCE_SYSSIZE = 0x0204;

const zboot: LoaderRule = {
  asks: 'boot sector signature',
  source: 'U-Boot arch/x86/lib/zimage.c, load_zimage()',
  decide({ image }) {
    const kernel = image.formats.bzimage;
    if (!kernel || !hasBootFlag(kernel)) return refuses('"Invalid Boot Flag": not 0xaa55 at 0x1fe.');
    const type = isHigh(kernel) ? 'bzImage' : 'zImage';
    const size =
      kernel.version >= SINCE_SYSSIZE ? field(kernel, 'syssize') * 16 : image.bytes.length - kernel.setupSize;
    if (size > MAX_SIZE[type])
      return refuses(`"${type} kernel too big!": ${size} bytes, and it takes ${MAX_SIZE[type]}.`);
    return type === 'bzImage'
      ? enter32(kernel, 'Loaded at 1 MiB and entered at its 32-bit code.')
      : mistakes('It loads a zImage at 0x10000 and enters it there in 32-bit mode, without its setup code.');
  },
};

/** image_decomp_type(). */
const codecs = ['gzip', 'bzip2', 'lzma', 'lzo', 'lz4', 'zstd'];

const booti: LoaderRule = {
  asks: '"ARM\\x64" at offset 56',
  source: 'U-Boot arch/arm/lib/image.c, booti_setup(); cmd/booti.c, booti_start()',
  decide({ image: { formats, inner } }) {
    if (formats.arm64) return takes('arm64', 'Moved to its text_offset and entered at its first byte.');
    const isPacked = inner?.how === 'gzip' || inner?.how === 'compressed';
    return isPacked && codecs.includes(inner.codec) && inner.image?.formats.arm64
      ? takes('arm64', 'Unpacked first, where kernel_comp_addr_r and kernel_comp_size say to where.')
      : refuses('"Bad Linux ARM64 Image magic!"');
  },
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
