import { STARTUP_64 } from '../abi/setup-header.js';
import { hex } from '../core/errors.js';
import type { EntryDefinition } from './entry.js';
import { Quoting } from './evidence.js';
import { field, movedText, protocolText } from './setup-facts.js';

export const efiHandover: EntryDefinition<'efi-handover'> = {
  id: 'efi-handover',
  title: 'EFI handover protocol (deprecated)',
  order: 5,
  architecture: 'x86',
  declaredBy: ['setup header', 'PE'],
  firmware: 'UEFI',
  state: [
    'the boot loader, an EFI application, calls the stub of a kernel it loaded itself; boot services still run',
    '64-bit: RDI = image handle, RSI = EFI system table, RDX = zero page (System V, not the EFI convention)',
    '32-bit: image handle, system table and zero page on the stack above the return address (from ESP + 4)',
    'RIP = start of the protected-mode code + handover_offset + 0x200; EIP the same without 0x200',
    'CS, DS, ES, SS and the stack as the firmware has them; RFLAGS IF not specified, GRUB clears it',
    'zero page: all zero but the setup header with cmd_line_ptr, ramdisk_image and ramdisk_size',
  ],
  claim(layer, layerName) {
    const quoting = new Quoting(layer, layerName);
    const kernel = layer.formats.bzimage;
    if (!kernel) {
      return { offered: false, reason: `The file is not a bzImage.${movedText(layer)}`, evidence: [] };
    }
    if (kernel.version < 0x020b) {
      return {
        offered: false,
        reason: `Boot protocol ${protocolText(kernel)} has no handover_offset, which exists since 2.11.`,
        evidence:
          kernel.version === 0 ? [] : [quoting.setup('version', `boot protocol ${protocolText(kernel)}`)],
      };
    }
    const offset = field(kernel, 'handover_offset');
    if (offset === 0) {
      return {
        offered: false,
        reason:
          'handover_offset is 0: the kernel was built without CONFIG_EFI_HANDOVER_PROTOCOL or CONFIG_EFI_STUB.',
        evidence: [quoting.setup('handover_offset', 'handover_offset is 0')],
      };
    }
    // 2.11 has the offset but not the bits that say for which firmware it is.
    const stated = kernel.version >= 0x020c;
    const on32 = kernel.xloadflags.includes('XLF_EFI_HANDOVER_32');
    const on64 = kernel.xloadflags.includes('XLF_EFI_HANDOVER_64');
    const flags = hex(field(kernel, 'xloadflags'));
    if (stated && !on32 && !on64) {
      return {
        offered: false,
        reason: `xloadflags is ${flags}: bits 2 and 3, XLF_EFI_HANDOVER_32 and _64, are clear although handover_offset is ${hex(offset)}.`,
        evidence: [
          quoting.setup('xloadflags', 'bits 2 and 3, XLF_EFI_HANDOVER_32 and _64, are clear'),
          quoting.setup('handover_offset', `handover_offset is ${hex(offset)}`),
        ],
      };
    }
    const address32 = kernel.setupSize + offset;
    const address64 = address32 + STARTUP_64;
    const source = 'Documentation/arch/x86/boot.rst, "EFI Handover Protocol"';
    return {
      offered: true,
      address: BigInt(on64 || !stated ? address64 : address32),
      addressKind: 'file offset',
      reason: stated
        ? `handover_offset is ${hex(offset)}, and xloadflags (${flags}) declares a ${[on32 ? '32-bit' : '', on64 ? '64-bit' : ''].filter(Boolean).join(' and a ')} handover entry.`
        : `handover_offset is ${hex(offset)}; boot protocol 2.11 does not say for which firmware.`,
      evidence: [
        quoting.setup('version', `boot protocol ${protocolText(kernel)}`),
        quoting.setup('handover_offset', `handover_offset is ${hex(offset)}`),
        ...(stated ? [quoting.setup('xloadflags', handoverBits(on32, on64))] : []),
        ...(on32 || !stated ? [quoting.at(address32, 16, 'the code at the 32-bit entry', source)] : []),
        ...(on64 || !stated ? [quoting.at(address64, 16, 'the code at the 64-bit entry', source)] : []),
      ],
      facts: {
        '32-bit entry': on32 || !stated ? `protected-mode code + ${hex(offset)}` : 'no',
        '64-bit entry': on64 || !stated ? `protected-mode code + ${hex(offset + STARTUP_64)}` : 'no',
        'protected-mode code': `file offset ${hex(kernel.setupSize)}`,
      },
    };
  },
};

function handoverBits(on32: boolean, on64: boolean): string {
  const word = (set: boolean): string => (set ? 'set' : 'clear');
  return `bit 2, XLF_EFI_HANDOVER_32, is ${word(on32)}; bit 3, XLF_EFI_HANDOVER_64, is ${word(on64)}`;
}
