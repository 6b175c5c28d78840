import { BOOT_FLAG } from '../../abi/setup-header.js';
import type { BzImage } from '../../image/container/bzimage.js';
import type { Image } from '../../image/image.js';
import { field, protocolText } from '../setup-facts.js';
import { type Decision, mistakes, takes } from './loader.js';

/** The setup header where "HdrS" stands at 0x202, which most loaders go by. */
export function withMagic(image: Image): BzImage | undefined {
  const { bzimage } = image.formats;
  return bzimage && bzimage.version > 0 ? bzimage : undefined;
}

export const hasBootFlag = (kernel: BzImage): boolean => field(kernel, 'boot_flag') === BOOT_FLAG;

export const isHigh = (kernel: BzImage): boolean => kernel.loadflags.includes('LOADED_HIGH');

/** Why a kernel is no bzImage of at least that protocol, by the checks that kexec and others share; undefined when it is one. */
export function bzImageProblem(kernel: BzImage | undefined, protocol: number): string | undefined {
  if (!kernel) return 'There is no "HdrS" at file offset 0x202.';
  if (!hasBootFlag(kernel)) return 'boot_flag is not 0xaa55.';
  if (kernel.version < protocol) {
    return `Boot protocol ${protocolText(kernel)}; it wants ${protocol >> 8}.${String(protocol & 0xff).padStart(2, '0')}.`;
  }
  return isHigh(kernel) ? undefined : 'A zImage: loadflags bit 0, LOADED_HIGH, is clear.';
}

/** Why a bzImage cannot be entered in 64-bit mode anywhere in memory; undefined when it can. */
export function relocatable64Problem(kernel: BzImage | undefined): string | undefined {
  const problem = bzImageProblem(kernel, 0x020c);
  if (problem || !kernel) return problem;
  const missing = ['XLF_KERNEL_64', 'XLF_CAN_BE_LOADED_ABOVE_4G'].filter(
    (name) => !kernel.xloadflags.includes(name),
  );
  return missing.length === 0 ? undefined : `xloadflags lacks ${missing.join(' and ')}.`;
}

/** Of a loader that enters the protected-mode code in 32-bit mode: where code32_start is 0 there is none. */
export function enter32(kernel: BzImage, reason: string): Decision {
  return field(kernel, 'code32_start') === 0
    ? mistakes(
        'It jumps into data: code32_start is 0, so only the setup code in real mode knows what the rest is.',
      )
    : takes('linux32', reason);
}
