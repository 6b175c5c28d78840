import { bootFramebuffer } from '../../abi/boot-information.js';
import {
  efiGraphicsMode,
  efiGraphicsModeInformation,
  efiGraphicsOutput,
  efiLocate,
  efiPixelFormat,
} from '../../abi/efi.js';
import type { Assembler } from '../assembler/assembler.js';
import * as o from '../assembler/operands.js';
import { imm, label, mem, qword } from '../assembler/operands.js';
import { at, boot } from '../common/fields.js';
import { argument5, bootService, efiFunction, loadGuid } from './call.js';

const frame = (name: keyof typeof bootFramebuffer.fields) =>
  at(bootFramebuffer, label('efi_framebuffer_found'), name);

/**
 * Part `efi_framebuffer`: the first graphics output with a framebuffer of 8 bits a colour becomes boot_information.framebuffer. Other
 * formats are left out, and so is the console's own output, which only copies blocks to all the others.
 */
export function writeFramebuffer(a: Assembler): void {
  const { code: c } = a;
  efiFunction(a, 'efi_framebuffer', (end) => {
    const [handle, red] = [a.local('handle'), a.local('red')];
    c.mov(o.ECX, imm(efiLocate.ByProtocol));
    loadGuid(a, o.RDX, 'GRAPHICS_OUTPUT');
    c.xor(o.R8D, o.R8D);
    c.lea(o.R9, mem(label('efi_handle_count')));
    c.lea(o.RAX, mem(label('efi_handles')));
    c.mov(argument5, o.RAX);
    bootService(a, 'LocateHandleBuffer');
    c.jne(end);
    c.mov(o.RSI, qword(label('efi_handles')));
    a.at(handle);
    c.sub(qword(label('efi_handle_count')), imm(1));
    c.jb(end);
    c.lodsq();
    c.mov(o.RCX, o.RAX);
    loadGuid(a, o.RDX, 'GRAPHICS_OUTPUT');
    c.lea(o.R8, mem(label('efi_interface')));
    bootService(a, 'HandleProtocol');
    c.jne(handle);
    c.mov(o.RAX, qword(label('efi_interface')));
    c.mov(o.RDX, at(efiGraphicsOutput, o.RAX, 'Mode'));
    c.mov(o.RCX, at(efiGraphicsMode, o.RDX, 'Info'));
    c.mov(o.EAX, at(efiGraphicsModeInformation, o.RCX, 'PixelFormat'));
    c.cmp(o.EAX, imm(efiPixelFormat.PixelBlueGreenRedReserved8BitPerColor));
    c.ja(handle);
    c.mov(o.RDX, at(efiGraphicsMode, o.RDX, 'FrameBufferBase'));
    c.test(o.RDX, o.RDX);
    c.je(handle);
    c.mov(frame('addr'), o.RDX);
    // Blue lies lowest, or red.
    c.test(o.EAX, o.EAX);
    c.mov(frame('red_position'), imm(16));
    c.mov(frame('blue_position'), imm(0));
    c.jne(red);
    c.mov(frame('red_position'), imm(0));
    c.mov(frame('blue_position'), imm(16));
    a.at(red);
    c.mov(frame('green_position'), imm(8));
    for (const name of ['red_size', 'green_size', 'blue_size'] as const) c.mov(frame(name), imm(8));
    c.mov(frame('bits_per_pixel'), imm(32));
    for (const [name, from] of [
      ['width', 'HorizontalResolution'],
      ['height', 'VerticalResolution'],
    ] as const) {
      c.mov(o.EAX, at(efiGraphicsModeInformation, o.RCX, from));
      c.mov(frame(name), o.EAX);
    }
    c.mov(o.EAX, at(efiGraphicsModeInformation, o.RCX, 'PixelsPerScanLine'));
    c.shl(o.EAX, imm(2));
    c.mov(frame('pitch'), o.EAX);
    c.lea(o.RAX, mem(label('efi_framebuffer_found')));
    c.mov(boot('framebuffer'), o.RAX);
  });
  a.align(8);
  for (const name of ['efi_handle_count', 'efi_handles']) {
    a.label(name);
    a.u64(0);
  }
  a.label('efi_framebuffer_found');
  a.space(bootFramebuffer.size);
}
