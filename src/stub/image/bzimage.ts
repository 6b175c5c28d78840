import { BOOT_FLAG, loadflags, SETUP_MAGIC, setupHeader, xloadflags } from '../../abi/setup-header.js';
import type { Universal } from '../universal.js';
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
  const sectors = Math.ceil((HEADER_END + setup.length) / SECTOR) - 1;
  const protectedMode = (sectors + 1) * SECTOR;
  const payloadOffset = (content.length + 15) & ~15;
  const kernelSize = (payloadOffset + payload.length + 15) & ~15;
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
  file.set(setup, HEADER_END);
  file.set(content, protectedMode);
  file.set(payload, protectedMode + payloadOffset);
  return file;
}
