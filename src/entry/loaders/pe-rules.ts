import { EFI_APPLICATION } from '../../abi/pe.js';
import type { Pe } from '../../image/container/pe.js';
import type { Image } from '../../image/image.js';
import { type LoaderRule, refuses, takes } from './loader.js';

/** Whether firmware of that machine would start the file. */
export function peMachineIs(image: Image, machine: Pe['machineName']): boolean {
  const { pe } = image.formats;
  return pe !== undefined && pe.machineName === machine && pe.subsystem === EFI_APPLICATION;
}

/** What LoadImage() of x86-64 firmware makes of a file, and by whom it is called. */
export function loadImage(asks: string, source: string): LoaderRule {
  return {
    asks,
    source: `${source}; UEFI 2.10 §7.4, LoadImage()`,
    decide({ image }) {
      const { pe } = image.formats;
      if (!pe) return refuses('Not a PE image: the firmware answers EFI_UNSUPPORTED or EFI_LOAD_ERROR.');
      if (pe.subsystem !== EFI_APPLICATION)
        return refuses(`A PE image of subsystem ${pe.subsystem}, not an EFI application (10).`);
      if (pe.machineName === 'x86-64') return takes('efi', 'Started as an EFI application by the firmware.');
      if (pe.machineName === 'arm64')
        return takes('arm64-efi', 'Started as an EFI application by arm64 firmware.');
      if (pe.machineName === 'ia32') return takes('efi', 'Started by 32-bit firmware only.');
      return refuses('A PE image for a machine that is neither x86 nor arm64.');
    },
  };
}
