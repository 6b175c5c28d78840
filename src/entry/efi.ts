import { hex } from '../core/errors.js';
import type { EntryDefinition } from './entry.js';
import { Quoting } from './evidence.js';
import { peClaim } from './pe-claim.js';

export const efi: EntryDefinition<'efi'> = {
  id: 'efi',
  title: 'EFI application (PE entry point)',
  order: 4,
  architecture: 'x86',
  declaredBy: ['PE'],
  firmware: 'UEFI',
  state: [
    'the firmware maps the image by its section table and calls AddressOfEntryPoint',
    'x86-64: RCX = image handle, RDX = EFI system table, RSP 16-byte aligned before the call, 128 KiB of stack',
    'x86-64: 64-bit mode, identity-mapped page tables in CR3, flat selectors in CS, DS, ES and SS, RFLAGS DF = 0, interrupts on',
    'ia32: both arguments on the stack above the return address (ESP + 4, ESP + 8), 32-bit flat, EFLAGS DF = 0',
    'command line: LoadOptions of the loaded image protocol, in UCS-2; initrd: LoadFile2 on LINUX_EFI_INITRD_MEDIA_GUID',
    'boot services still run: the stub itself calls ExitBootServices',
  ],
  claim(layer, layerName) {
    const quoting = new Quoting(layer, layerName);
    const claim = peClaim(quoting, ['x86-64', 'ia32'], 'arm64-efi');
    const compat = layer.formats.pe?.compatEntries ?? [];
    if (!claim.offered || compat.length === 0) return claim;
    // Mixed mode: 32-bit firmware under a 64-bit kernel finds its own entry point in .compat.
    const words = compat.map(({ machine, entry }) => `${hex(entry)} for COFF machine ${hex(machine)}`);
    return {
      ...claim,
      evidence: [
        ...claim.evidence,
        ...compat.map(({ offset, machine, entry }) =>
          quoting.at(
            offset,
            8,
            `.compat: entry at RVA ${hex(entry)} for COFF machine ${hex(machine)}`,
            'arch/x86/boot/header.S, section .compat (CONFIG_EFI_MIXED)',
          ),
        ),
      ],
      facts: { ...claim.facts, 'mixed mode entry': `RVA ${words.join(', ')}` },
    };
  },
};
