import { efiLoadedImage, efiSystemTable, efiTableHeader } from '../../abi/efi.js';
import { field, fieldSize, struct } from '../../core/struct.js';
import type { Assembler } from '../assembler/assembler.js';
import * as o from '../assembler/operands.js';
import { byte, imm, label, mem, qword } from '../assembler/operands.js';
import { at } from '../common/fields.js';
import { bootService, efiFunction, loadGuid } from '../efi/call.js';

const CRC32_POLYNOMIAL = 0xedb88320;
const CRC32_OFFSET = efiTableHeader.fields.CRC32.offset;

/** What is looked at while boot services run, and is gone afterwards. */
export const efiProbe = struct('efi_probe', 'the conformance guest', {
  boot_signature: field(0, 'u64'),
  boot_revision: field(8, 'u32'),
  boot_header_size: field(12, 'u32'),
  system_crc32_right: field(16, 'u32', '1: it is as computed'),
  boot_crc32_right: field(20, 'u32'),
  runtime_crc32_right: field(24, 'u32'),
  mxcsr: field(28, 'u32'),
  control_word: field(32, 'u16', 'of the x87 unit'),
  con_out: field(40, 'u64'),
  loaded_image_status: field(48, 'u64', 'EFI_STATUS'),
  image_revision: field(56, 'u32'),
  image_code_type: field(60, 'u32'),
  image_data_type: field(64, 'u32'),
  image_base: field(72, 'u64'),
  image_size: field(80, 'u64'),
  image_system_table: field(88, 'u64'),
});

type ProbeField = keyof typeof efiProbe.fields;

export const probed = (name: ProbeField) => at(efiProbe, label('efi_probe_found'), name);

/** Parts `efi_probe` and `efi_crc32`; what the first finds lies at `efi_probe_found`. */
export function writeEfiProbe(a: Assembler): void {
  const { code: c } = a;
  efiFunction(a, 'efi_probe', (end) => {
    c.fnstcw(probed('control_word'));
    c.stmxcsr(probed('mxcsr'));
    for (const [name, from] of [
      ['boot_signature', 'Signature'],
      ['boot_revision', 'Revision'],
      ['boot_header_size', 'HeaderSize'],
    ] as const) {
      const register = fieldSize(efiTableHeader.fields[from]) === 8 ? o.RAX : o.EAX;
      c.mov(register, at(efiTableHeader, o.R13, from));
      c.mov(probed(name), register);
    }
    c.mov(o.RAX, at(efiSystemTable, o.R12, 'ConOut'));
    c.mov(probed('con_out'), o.RAX);
    for (const [name, table] of [
      ['system_crc32_right', o.R12],
      ['boot_crc32_right', o.R13],
    ] as const) {
      c.mov(o.RSI, table);
      c.call(label('efi_crc32'));
      c.mov(probed(name), o.EAX);
    }
    c.mov(o.RSI, at(efiSystemTable, o.R12, 'RuntimeServices'));
    c.call(label('efi_crc32'));
    c.mov(probed('runtime_crc32_right'), o.EAX);

    c.mov(o.RCX, o.R14);
    loadGuid(a, o.RDX, 'LOADED_IMAGE');
    c.lea(o.R8, mem(label('efi_interface')));
    bootService(a, 'HandleProtocol');
    c.mov(probed('loaded_image_status'), o.RAX);
    c.jne(end);
    c.mov(o.RSI, qword(label('efi_interface')));
    for (const [name, from] of [
      ['image_revision', 'Revision'],
      ['image_code_type', 'ImageCodeType'],
      ['image_data_type', 'ImageDataType'],
      ['image_base', 'ImageBase'],
      ['image_size', 'ImageSize'],
      ['image_system_table', 'SystemTable'],
    ] as const) {
      const register = fieldSize(efiLoadedImage.fields[from]) === 8 ? o.RAX : o.EAX;
      c.mov(register, at(efiLoadedImage, o.RSI, from));
      c.mov(probed(name), register);
    }
  });

  // RSI: a table with a header; EAX = 1 when its CRC32 is right. Bit by bit, since it is done a few times only.
  a.part('efi_crc32', () => {
    const [next, skip, bit, even, wrong] = ['next', 'skip', 'bit', 'even', 'wrong'].map((name) =>
      a.local(name),
    ) as [o.Label, o.Label, o.Label, o.Label, o.Label];
    c.mov(o.R8D, at(efiTableHeader, o.RSI, 'HeaderSize'));
    c.mov(o.EDX, imm(-1));
    c.xor(o.ECX, o.ECX);
    a.at(next);
    c.movzx(o.EAX, byte(o.RSI, 0, o.RCX));
    // The field itself counts as zero.
    c.lea(o.R9D, mem(o.RCX, -CRC32_OFFSET));
    c.cmp(o.R9D, imm(4));
    c.jae(skip);
    c.xor(o.EAX, o.EAX);
    a.at(skip);
    c.xor(o.EDX, o.EAX);
    c.mov(o.R9D, imm(8));
    a.at(bit);
    c.shr(o.EDX, imm(1));
    c.jae(even);
    c.xor(o.EDX, imm(CRC32_POLYNOMIAL));
    a.at(even);
    c.dec(o.R9D);
    c.jne(bit);
    c.inc(o.ECX);
    c.cmp(o.ECX, o.R8D);
    c.jb(next);
    c.not(o.EDX);
    c.xor(o.EAX, o.EAX);
    c.cmp(o.EDX, at(efiTableHeader, o.RSI, 'CRC32'));
    c.jne(wrong);
    c.inc(o.EAX);
    a.at(wrong);
    c.ret();
  });
}

/** Where the probe's findings lie, also in a guest without the EFI entry. */
export function writeProbeData(a: Assembler): void {
  a.align(8);
  a.label('efi_probe_found');
  a.space(efiProbe.size);
}
