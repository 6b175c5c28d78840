import type { Register } from 'iced-x86';
import { bootFlag } from '../../abi/boot-information.js';
import { bootParams } from '../../abi/boot-params.js';
import { bootE820Entry } from '../../abi/memory-map.js';
import type { Assembler } from '../assembler/assembler.js';
import * as o from '../assembler/operands.js';
import { imm, label } from '../assembler/operands.js';
import { at, boot } from '../common/fields.js';
import type { Converter } from './entry-stub.js';

const E820_MAXIMUM = 128;

/** Reads a zero page: both Linux entries hand it over. The initrd becomes the only module. */
export const zeroPage: Converter = { part: 'convert_zero_page', write: writeConvert };

function writeConvert(a: Assembler): void {
  const { code: c } = a;
  const page = (name: keyof typeof bootParams.fields) => at(bootParams, o.RSI, name);
  /** A 64-bit number in two fields. */
  const wide = (to: Register, to32: Register, low: keyof typeof bootParams.fields, high: typeof low) => {
    c.mov(to32, page(high));
    c.shl(to, imm(32));
    c.mov(o.R10D, page(low));
    c.or(to, o.R10);
  };
  a.part('convert_zero_page', () => {
    const noCommandLine = a.local('no_command_line');
    const noInitrd = a.local('no_initrd');
    const noEfi = a.local('no_efi');
    const range = a.local('range');
    const few = a.local('few');
    const done = a.local('done');
    c.mov(o.EAX, page('hardware_subarch'));
    c.mov(boot('hardware_subarch'), o.EAX);
    c.mov(o.RAX, page('hardware_subarch_data'));
    c.mov(boot('hardware_subarch_data'), o.RAX);
    c.mov(o.RAX, page('acpi_rsdp_addr'));
    c.mov(boot('rsdp'), o.RAX);
    wide(o.RAX, o.EAX, 'cmd_line_ptr', 'ext_cmd_line_ptr');
    c.test(o.RAX, o.RAX);
    c.je(noCommandLine);
    c.mov(boot('command_line'), o.RAX);
    a.at(noCommandLine);

    wide(o.RAX, o.EAX, 'ramdisk_image', 'ext_ramdisk_image');
    wide(o.RDX, o.EDX, 'ramdisk_size', 'ext_ramdisk_size');
    c.test(o.RDX, o.RDX);
    c.je(noInitrd);
    c.xor(o.ECX, o.ECX);
    c.call(label('add_module'));
    a.at(noInitrd);

    // "EL64": the loader came from EFI and left its boot services.
    c.cmp(page('efi_loader_signature'), imm(0x34364c45));
    c.jne(noEfi);
    c.or(boot('flags'), imm(bootFlag.efi));
    a.at(noEfi);

    c.movzx(o.R10D, page('e820_entries'));
    c.cmp(o.R10D, imm(E820_MAXIMUM));
    c.jbe(few);
    c.mov(o.R10D, imm(E820_MAXIMUM));
    a.at(few);
    c.test(o.R10D, o.R10D);
    c.je(done);
    c.lea(o.R11, o.mem(o.RSI, bootParams.fields.e820_table.offset));
    a.at(range);
    c.mov(o.RAX, at(bootE820Entry, o.R11, 'addr'));
    c.mov(o.RDX, at(bootE820Entry, o.R11, 'size'));
    c.mov(o.ECX, at(bootE820Entry, o.R11, 'type'));
    c.call(label('add_memory_range'));
    c.add(o.R11, imm(bootE820Entry.size));
    c.dec(o.R10D);
    c.jne(range);
    a.at(done);
    c.ret();
  });
}
