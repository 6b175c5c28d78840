import { field, struct } from '../core/struct.js';

/** Header of an EFI zboot image: a PE that unpacks the real kernel. */
export const efiZbootHeader = struct('zboot_header', 'Linux drivers/firmware/efi/libstub/zboot-header.S', {
  mz: field(0x00, 'u16', '"MZ"'),
  zimg: field(0x04, 'u32', '"zimg"'),
  payload_offset: field(0x08, 'u32', 'file offset of the packed kernel'),
  payload_size: field(0x0c, 'u32', 'its bytes, without an appended size word'),
  comp_type: field(0x18, { bytes: 32 }, 'NUL-terminated name of the compression'),
  linux_magic: field(0x38, 'u32', 'LINUX_PE_MAGIC'),
  pe_offset: field(0x3c, 'u32', 'file offset of the PE signature'),
});
