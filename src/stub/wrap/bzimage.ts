import { STARTUP_64, setupHeader } from '../../abi/setup-header.js';
import { PAGE_SIZE } from '../../abi/x86/paging.js';
import { StartError } from '../../core/errors.js';
import { field } from '../../entry/setup-facts.js';
import type { BzImage } from '../../image/container/bzimage.js';
import type { Image } from '../../image/image.js';
import { label } from '../assembler/operands.js';
import type { Placement } from './placement.js';
import { writeEnterLinux, writeZeroPageSpace } from './zero-page.js';

/** A bzImage lies in memory as in its file, the protected-mode code where it prefers to be, and is entered at its 64-bit entry. */
export function placeBzImage(image: Image, kernel: BzImage): Placement {
  if (!kernel.xloadflags.includes('XLF_KERNEL_64')) {
    throw new StartError(
      'the kernel has no 64-bit entry to lead to: bit 0 of xloadflags is clear, or its boot protocol is older than 2.12',
      'an ELF kernel for x86-64 can be wrapped as it is',
    );
  }
  const initSize = field(kernel, 'init_size');
  const address = field(kernel, 'pref_address');
  const padding = (PAGE_SIZE - (kernel.setupSize % PAGE_SIZE)) % PAGE_SIZE;
  const content = new Uint8Array(padding + image.bytes.length);
  content.set(image.bytes.data, padding);
  const first = setupHeader.fields.setup_sects.offset;
  return {
    address: address - kernel.setupSize - padding,
    content,
    memorySize: padding + kernel.setupSize + Math.max(initSize, image.bytes.length - kernel.setupSize),
    file: { offset: padding, length: image.bytes.length },
    enter: (a) =>
      writeEnterLinux(
        a,
        {
          header: label('tail', padding + first),
          headerSize: kernel.headerEnd - first,
          address,
        },
        address + STARTUP_64,
      ),
    bss: writeZeroPageSpace,
  };
}
