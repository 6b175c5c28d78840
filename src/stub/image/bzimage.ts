import { BOOT_FLAG, loadflags, SETUP_MAGIC, setupHeader, xloadflags } from '../../abi/setup-header.js';
import type { Universal } from '../universal.js';
import { FILE_ALIGNMENT, SECTION_ALIGNMENT, writePeHeader } from './pe-header.js';
import { realModeSetup } from './real-mode-setup.js';

const SECTOR = 512;
/** Boot protocol 2.15, whose header ends there. */
const VERSION = 0x020f;
const HEADER_END = 0x26c;
/** The jump's offset counts from behind it, and it lies at 0x200. */
const JUMP = 0xeb | ((HEADER_END - 0x202) << 8);
const COMMAND_LINE_SIZE = 2047;

/**
 * A bzImage of a universal program linked for 1 MiB, which must have the entry linux32; `payload`, an ELF file, is what loaders that unpack
 * a kernel find.
 */
export function bzImage(
  { program, entries, content, memorySize }: Universal,
  payload: Uint8Array,
): Uint8Array {
  const setupEntry = program.address(entries.includes('linux16') ? 'entry_linux16' : 'entry_linux32');
  const setup = realModeSetup(HEADER_END, setupEntry);
  // The PE image's first section begins where the protected-mode code does.
  const alignment = entries.includes('efi') ? SECTION_ALIGNMENT : SECTOR;
  const protectedMode = roundUp(HEADER_END + setup.length, alignment);
  const sectors = protectedMode / SECTOR - 1;
  const payloadOffset = roundUp(content.length, FILE_ALIGNMENT);
  const kernelSize = roundUp(payloadOffset + payload.length, FILE_ALIGNMENT);
  const file = new Uint8Array(protectedMode + kernelSize);
  setupHeader.write(new DataView(file.buffer), 0, {
    setup_sects: sectors,
    syssize: kernelSize / 16,
    boot_flag: BOOT_FLAG,
    jump: JUMP,
    header: SETUP_MAGIC,
    version: VERSION,
    loadflags: 1 << loadflags.LOADED_HIGH,
    code32_start: Number(program.base),
    initrd_addr_max: 0x7fffffff,
    kernel_alignment: 0x100000,
    xloadflags: entries.includes('linux64') ? 1 << xloadflags.XLF_KERNEL_64 : 0,
    cmdline_size: COMMAND_LINE_SIZE,
    payload_offset: payload.length > 0 ? payloadOffset : 0,
    payload_length: payload.length,
    pref_address: program.base,
    init_size: Math.max(memorySize, kernelSize),
  });
  if (entries.includes('efi')) {
    writePeHeader(new DataView(file.buffer), {
      entry: protectedMode + Number(program.address('entry_efi') - program.base),
      headerSize: protectedMode,
      sections: [
        {
          name: '.text',
          offset: protectedMode,
          fileSize: payloadOffset,
          memorySize: content.length,
          flags: ['code', 'execute', 'read', 'write'],
        },
        ...(payload.length > 0
          ? [
              {
                name: '.payload',
                offset: protectedMode + payloadOffset,
                fileSize: kernelSize - payloadOffset,
                memorySize: payload.length,
                flags: ['data', 'discardable', 'read'] as const,
              },
            ]
          : []),
      ],
    });
  }
  file.set(setup, HEADER_END);
  file.set(content, protectedMode);
  file.set(payload, protectedMode + payloadOffset);
  return file;
}

const roundUp = (size: number, unit: number): number => Math.ceil(size / unit) * unit;
