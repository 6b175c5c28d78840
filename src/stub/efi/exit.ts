import { efiAllocate, efiMemoryType } from '../../abi/efi.js';
import type { Assembler } from '../assembler/assembler.js';
import * as o from '../assembler/operands.js';
import { dword, imm, label, mem, qword } from '../assembler/operands.js';
import { argument5, bootService, efiFunction } from './call.js';
import { HIGHEST_ADDRESS } from './initrd.js';

/** Room for what the map grows by: its own allocation, and events that run before the exit. */
const SLACK = 0x1000;
const ATTEMPTS = 8;

/**
 * Part `efi_exit`: GetMemoryMap and ExitBootServices, again with a new map as long as the key is stale. The map stays at `efi_map`,
 * `efi_map_size` bytes of descriptors of `efi_descriptor_size` bytes each. RAX is the status.
 */
export function writeExit(a: Assembler): void {
  const { code: c } = a;
  const getMap = () => {
    c.lea(o.RCX, mem(label('efi_map_size')));
    c.mov(o.RDX, qword(label('efi_map')));
    c.lea(o.R8, mem(label('efi_map_key')));
    c.lea(o.R9, mem(label('efi_descriptor_size')));
    c.lea(o.RAX, mem(label('efi_descriptor_version')));
    c.mov(argument5, o.RAX);
    bootService(a, 'GetMemoryMap');
  };
  efiFunction(a, 'efi_exit', (end) => {
    const again = a.local('again');
    c.mov(qword(label('efi_map_size')), imm(0));
    getMap();
    c.add(qword(label('efi_map_size')), imm(SLACK + 0xfff));
    c.and(qword(label('efi_map_size')), imm(-0x1000));
    c.mov(o.RBX, qword(label('efi_map_size')));
    c.mov(o.RAX, imm(HIGHEST_ADDRESS));
    c.mov(qword(label('efi_map')), o.RAX);
    c.mov(o.ECX, imm(efiAllocate.AllocateMaxAddress));
    c.mov(o.EDX, imm(efiMemoryType.EfiLoaderData));
    c.mov(o.R8, o.RBX);
    c.shr(o.R8, imm(12));
    c.lea(o.R9, mem(label('efi_map')));
    bootService(a, 'AllocatePages');
    c.jne(end);
    c.mov(o.ESI, imm(ATTEMPTS));
    a.at(again);
    c.inc(dword(label('efi_exit_attempts')));
    c.mov(qword(label('efi_map_size')), o.RBX);
    getMap();
    c.jne(end);
    c.mov(o.RCX, o.R14);
    c.mov(o.RDX, qword(label('efi_map_key')));
    bootService(a, 'ExitBootServices');
    c.je(end);
    c.dec(o.ESI);
    c.jne(again);
  });
  a.align(8);
  for (const name of ['efi_map', 'efi_map_size', 'efi_map_key', 'efi_descriptor_size']) {
    a.label(name);
    a.u64(0);
  }
  for (const name of ['efi_descriptor_version', 'efi_exit_attempts']) {
    a.label(name);
    a.u32(0);
  }
}
