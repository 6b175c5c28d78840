import { bootFramebuffer, bootMemoryRange, bootModule } from '../../abi/boot-information.js';
import { bootParams } from '../../abi/boot-params.js';
import { bootE820Entry } from '../../abi/memory-map.js';
import type { Assembler } from '../assembler/assembler.js';
import * as o from '../assembler/operands.js';
import { byte, dword, imm, type Label, label, mem, qword, word } from '../assembler/operands.js';
import { at, boot } from '../common/fields.js';
import { MAXIMAL_RANGES } from '../common/memory-map.js';

const E820_MAXIMUM = 128;
/** struct setup_data: next u64, type u32, len u32, then the content (Linux boot.rst, setup_data). */
const setupData = { type: 8, length: 12, data: 16 } as const;
const SETUP_E820_EXT = 1;
const EXTENSION_SIZE = setupData.data + (MAXIMAL_RANGES - E820_MAXIMUM) * bootE820Entry.size;
/** An assigned id is for loaders that registered one. */
const UNDEFINED_LOADER = 0xff;
/** struct screen_info (Linux include/uapi/linux/screen_info.h), as far as a linear frame buffer needs it. */
const screenInfo = {
  orig_video_isVGA: 0x0f,
  lfb_width: 0x12,
  lfb_height: 0x14,
  lfb_depth: 0x16,
  lfb_base: 0x18,
  lfb_size: 0x1c,
  lfb_linelength: 0x24,
  red_size: 0x26,
  ext_lfb_base: 0x3a,
} as const;
const VIDEO_TYPE_EFI = 0x70;

/** Labels `zero_page` and what belongs to it, without content in the file. */
export function writeZeroPageSpace(a: Assembler): void {
  a.align(0x1000);
  a.label('zero_page');
  a.space(bootParams.size);
  a.label('zero_page_e820_extension');
  a.space(EXTENSION_SIZE);
}

/** Where a kernel's setup header stands in the image, and where the kernel is. */
export interface ZeroPageSource {
  readonly header: Label;
  /** Bytes of the header, from offset 0x1f1 on. */
  readonly headerSize: number;
  /** Physical address of the protected-mode code. */
  readonly address: number;
}

/**
 * Label `payload`: fills the zero page from the boot information and enters a Linux kernel at `entry` as the 64-bit boot protocol
 * asks; GDT, page tables and interrupts are as the protocol wants them already.
 */
export function writeEnterLinux(a: Assembler, source: ZeroPageSource, entry: number): void {
  const { code: c } = a;
  const page = (name: keyof typeof bootParams.fields) => at(bootParams, o.RBX, name);
  a.part('payload', () => {
    c.lea(o.RBX, mem(label('zero_page')));
    c.lea(o.RSI, mem(source.header));
    c.lea(o.RDI, mem(o.RBX, bootParams.fields.setup_sects.offset));
    c.mov(o.ECX, imm(source.headerSize));
    c.rep_movsb();
    c.mov(page('type_of_loader'), imm(UNDEFINED_LOADER));
    c.mov(page('code32_start'), imm(source.address));
    c.mov(o.EAX, boot('hardware_subarch'));
    c.mov(page('hardware_subarch'), o.EAX);
    for (const [from, to] of [
      ['hardware_subarch_data', 'hardware_subarch_data'],
      ['rsdp', 'acpi_rsdp_addr'],
    ] as const) {
      c.mov(o.RAX, boot(from));
      c.mov(page(to), o.RAX);
    }
    c.mov(o.RAX, boot('command_line'));
    putWide(a, 'cmd_line_ptr', 'ext_cmd_line_ptr');
    putInitrd(a);
    putMemoryMap(a);
    putFramebuffer(a);
    c.mov(o.RSI, o.RBX);
    c.xor(o.EBX, o.EBX);
    c.xor(o.EBP, o.EBP);
    c.xor(o.EDI, o.EDI);
    c.mov(o.EAX, imm(entry));
    c.jmp(o.RAX);
  });
}

/** RAX into two fields of the page at RBX. */
function putWide(
  a: Assembler,
  low: keyof typeof bootParams.fields,
  high: keyof typeof bootParams.fields,
): void {
  const { code: c } = a;
  c.mov(at(bootParams, o.RBX, low), o.EAX);
  c.shr(o.RAX, imm(32));
  c.mov(at(bootParams, o.RBX, high), o.EAX);
}

/** The first module is the initrd; there is no place for more. */
function putInitrd(a: Assembler): void {
  const { code: c } = a;
  const none = a.local('no_module');
  c.cmp(boot('modules_count'), imm(0));
  c.je(none);
  c.mov(o.RDX, boot('modules'));
  c.mov(o.RAX, at(bootModule, o.RDX, 'paddr'));
  putWide(a, 'ramdisk_image', 'ext_ramdisk_image');
  c.mov(o.RAX, at(bootModule, o.RDX, 'size'));
  putWide(a, 'ramdisk_size', 'ext_ramdisk_size');
  a.at(none);
}

/** What does not fit into the page goes into a SETUP_E820_EXT node. */
function putMemoryMap(a: Assembler): void {
  const { code: c } = a;
  const [range, extend, all] = [a.local('range'), a.local('extend'), a.local('all')];
  c.mov(o.RSI, boot('memory_map'));
  c.mov(o.ECX, boot('memory_map_entries'));
  c.lea(o.RDI, mem(o.RBX, bootParams.fields.e820_table.offset));
  c.xor(o.EDX, o.EDX);
  a.at(range);
  c.cmp(o.EDX, o.ECX);
  c.jae(all);
  c.cmp(o.EDX, imm(E820_MAXIMUM));
  c.je(extend);
  const copy = a.local('copy');
  a.at(copy);
  c.mov(o.RAX, at(bootMemoryRange, o.RSI, 'addr'));
  c.mov(at(bootE820Entry, o.RDI, 'addr'), o.RAX);
  c.mov(o.RAX, at(bootMemoryRange, o.RSI, 'size'));
  c.mov(at(bootE820Entry, o.RDI, 'size'), o.RAX);
  c.mov(o.EAX, at(bootMemoryRange, o.RSI, 'type'));
  c.mov(at(bootE820Entry, o.RDI, 'type'), o.EAX);
  c.add(o.RSI, imm(bootMemoryRange.size));
  c.add(o.RDI, imm(bootE820Entry.size));
  c.inc(o.EDX);
  c.jmp(range);
  a.at(extend);
  c.mov(at(bootParams, o.RBX, 'e820_entries'), imm(E820_MAXIMUM));
  c.lea(o.RDI, mem(label('zero_page_e820_extension')));
  c.mov(at(bootParams, o.RBX, 'setup_data'), o.RDI);
  c.mov(dword(o.RDI, setupData.type), imm(SETUP_E820_EXT));
  c.mov(o.EAX, o.ECX);
  c.sub(o.EAX, imm(E820_MAXIMUM));
  c.imul(o.EAX, o.EAX, imm(bootE820Entry.size));
  c.mov(dword(o.RDI, setupData.length), o.EAX);
  c.add(o.RDI, imm(setupData.data));
  c.jmp(copy);
  a.at(all);
  const extended = a.local('extended');
  c.cmp(o.EDX, imm(E820_MAXIMUM));
  c.ja(extended);
  c.mov(at(bootParams, o.RBX, 'e820_entries'), o.DL);
  a.at(extended);
}

function putFramebuffer(a: Assembler): void {
  const { code: c } = a;
  const none = a.local('no_framebuffer');
  c.mov(o.RSI, boot('framebuffer'));
  c.test(o.RSI, o.RSI);
  c.je(none);
  const from = (name: keyof typeof bootFramebuffer.fields) => at(bootFramebuffer, o.RSI, name);
  c.mov(byte(o.RBX, screenInfo.orig_video_isVGA), imm(VIDEO_TYPE_EFI));
  for (const [name, to] of [
    ['width', screenInfo.lfb_width],
    ['height', screenInfo.lfb_height],
    ['bits_per_pixel', screenInfo.lfb_depth],
    ['pitch', screenInfo.lfb_linelength],
  ] as const) {
    c.mov(o.EAX, from(name));
    c.mov(word(o.RBX, to), o.AX);
  }
  c.mov(o.EAX, from('pitch'));
  c.mov(o.ECX, from('height'));
  c.imul(o.EAX, o.ECX);
  c.mov(dword(o.RBX, screenInfo.lfb_size), o.EAX);
  c.mov(o.RAX, from('addr'));
  c.mov(dword(o.RBX, screenInfo.lfb_base), o.EAX);
  c.shr(o.RAX, imm(32));
  c.mov(dword(o.RBX, screenInfo.ext_lfb_base), o.EAX);
  // Position and size of each colour stand in the other order there.
  c.mov(o.RAX, qword(o.RSI, bootFramebuffer.fields.red_position.offset));
  for (let colour = 0; colour < 3; colour++) {
    c.xchg(o.AH, o.AL);
    c.mov(word(o.RBX, screenInfo.red_size + colour * 2), o.AX);
    c.shr(o.RAX, imm(16));
  }
  a.at(none);
}
