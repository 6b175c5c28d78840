import type { EntryId } from '../entry/entry.js';

/**
 * Who fills Linux's zero page (struct boot_params) on a way into the kernel: Documentation/arch/x86/boot.rst for the loader's
 * entries, drivers/firmware/efi/libstub/x86-stub.c, arch/x86/platform/pvh/enlighten.c, arch/x86/xen/enlighten_pv.c.
 */
const fillers: Partial<Readonly<Record<EntryId, string>>> = {
  linux16: 'its own setup code',
  linux32: 'the loader',
  linux64: 'the loader',
  efi: 'the EFI stub',
  'efi-handover': 'loader and EFI stub',
  pvh: 'the PVH stub',
  'xen-pv': 'xen_start_kernel',
};

/** In a few words; undefined for entries without a zero page. */
export function zeroPageFiller(entry: string): string | undefined {
  return fillers[entry as EntryId];
}
