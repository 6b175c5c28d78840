import { efiAllocate, efiGuid, efiLoadFile2, efiMemoryType, vendorMediaPath } from '../../abi/efi.js';
import type { Assembler } from '../assembler/assembler.js';
import * as o from '../assembler/operands.js';
import { imm, label, mem, qword } from '../assembler/operands.js';
import { at } from '../common/fields.js';
import { argument5, bootService, efiFunction, loadGuid, protocolFunction } from './call.js';

/** What the common start's page tables map. */
export const HIGHEST_ADDRESS = 0xffffffff;

/**
 * Part `efi_initrd`: LoadFile2 on the device path of the Linux initrd, into pages of loader data below 4 GiB; its address and size go
 * to `efi_initrd_address` and `efi_initrd_size`. RAX is an error where there is one that cannot be had, 0 where there is none.
 */
export function writeInitrd(a: Assembler): void {
  const { code: c } = a;
  const load = () => {
    c.mov(o.RCX, o.RBX);
    c.mov(o.RDX, qword(label('efi_device_path')));
    c.xor(o.R8D, o.R8D);
    c.lea(o.R9, mem(label('efi_initrd_size')));
    c.mov(o.RAX, qword(label('efi_initrd_address')));
    c.mov(argument5, o.RAX);
    protocolFunction(a, at(efiLoadFile2, o.RBX, 'LoadFile'));
  };
  efiFunction(a, 'efi_initrd', (end) => {
    const none = a.local('none');
    c.lea(o.RAX, mem(label('efi_initrd_path')));
    c.mov(qword(label('efi_device_path')), o.RAX);
    loadGuid(a, o.RCX, 'LOAD_FILE2');
    c.lea(o.RDX, mem(label('efi_device_path')));
    c.lea(o.R8, mem(label('efi_interface')));
    bootService(a, 'LocateDevicePath');
    c.jne(none);
    c.mov(o.RCX, qword(label('efi_interface')));
    loadGuid(a, o.RDX, 'LOAD_FILE2');
    c.lea(o.R8, mem(label('efi_interface')));
    bootService(a, 'HandleProtocol');
    c.jne(none);
    c.mov(o.RBX, qword(label('efi_interface')));
    // Without a buffer it says how much it takes, as an error; success would be an empty file.
    load();
    c.je(none);
    c.mov(o.RAX, qword(label('efi_initrd_size')));
    c.test(o.RAX, o.RAX);
    c.je(none);
    c.mov(o.RAX, imm(HIGHEST_ADDRESS));
    c.mov(qword(label('efi_initrd_address')), o.RAX);
    c.mov(o.ECX, imm(efiAllocate.AllocateMaxAddress));
    c.mov(o.EDX, imm(efiMemoryType.EfiLoaderData));
    c.mov(o.R8, qword(label('efi_initrd_size')));
    c.add(o.R8, imm(0xfff));
    c.shr(o.R8, imm(12));
    c.lea(o.R9, mem(label('efi_initrd_address')));
    bootService(a, 'AllocatePages');
    c.jne(end);
    load();
    c.jmp(end);
    a.at(none);
    c.mov(qword(label('efi_initrd_size')), imm(0));
    c.xor(o.EAX, o.EAX);
  });
  a.align(8);
  for (const name of ['efi_initrd_address', 'efi_initrd_size', 'efi_device_path']) {
    a.label(name);
    a.u64(0);
  }
  a.label('efi_initrd_path');
  a.bytes(vendorMediaPath(efiGuid.LINUX_INITRD_MEDIA));
}
