import type { EntryDefinition } from './entry.js';
import { Quoting } from './evidence.js';
import { peClaim } from './pe-claim.js';

export const arm64Efi: EntryDefinition<'arm64-efi'> = {
  id: 'arm64-efi',
  title: 'EFI application on arm64 (PE entry point)',
  order: 11,
  architecture: 'arm64',
  declaredBy: ['PE'],
  firmware: 'UEFI',
  state: [
    'the firmware maps the image by its section table and calls AddressOfEntryPoint',
    'X0 = image handle, X1 = EFI system table, LR = return address, SP 16-byte aligned with 128 KiB of stack',
    'EL2 or EL1, non-secure; MMU on with RAM identity-mapped, caches on',
    'little-endian (SCTLR_EL1 EE = 0), DAIF as the firmware runs boot services',
    'hardware: device tree or ACPI tables in the configuration table of the system table',
    'command line: LoadOptions of the loaded image protocol; initrd: LoadFile2 on LINUX_EFI_INITRD_MEDIA_GUID',
  ],
  claim(layer, layerName) {
    return peClaim(new Quoting(layer, layerName), ['arm64'], 'efi');
  },
};
