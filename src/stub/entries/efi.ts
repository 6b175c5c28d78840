import { bootFlag } from '../../abi/boot-information.js';
import { efiAllocate, efiMemoryType, efiStatus, efiSystemTable } from '../../abi/efi.js';
import { CR4 } from '../../abi/x86/control-registers.js';
import type { Assembler } from '../assembler/assembler.js';
import * as o from '../assembler/operands.js';
import { imm, label, mem, qword } from '../assembler/operands.js';
import { keepControl, keepFlags, keepRegisters } from '../common/enter-64.js';
import { at, boot, state } from '../common/fields.js';
import { bootService, openFrame, writeGuids } from '../efi/call.js';
import { COMMAND_LINE_SIZE, writeCommandLine } from '../efi/command-line.js';
import { writeConfigurationTables } from '../efi/configuration-tables.js';
import { writeExit } from '../efi/exit.js';
import { writeFramebuffer } from '../efi/framebuffer.js';
import { writeInitrd } from '../efi/initrd.js';
import { writeMemoryMap } from '../efi/memory-map.js';
import { back, refuse, writeRefuse } from '../efi/refuse.js';
import { type EntryStub, entryLabel, writeRecord } from './entry-stub.js';

/**
 * An EFI application. Firmware loads it anywhere: the pre-stub claims the memory the image is linked for, copies it there, and there
 * asks boot services for all that boot information carries before it leaves them.
 */
export const efi: EntryStub = {
  id: 'efi',
  order: 4,
  preStub: (a) => {
    writeAnywhere(a);
    writeAtHome(a);
    writeRecord(a, 'efi', efi.converter, 'rdx', 64);
    writeRefuse(a);
    writeCommandLine(a);
    writeInitrd(a);
    writeConfigurationTables(a);
    writeFramebuffer(a);
    writeExit(a);
    writeGuids(a, [
      'LOADED_IMAGE',
      'LOAD_FILE2',
      'GRAPHICS_OUTPUT',
      'ACPI_20_TABLE',
      'ACPI_10_TABLE',
      'DEVICE_TREE',
    ]);
    a.align(8);
    for (const name of ['efi_rip', 'efi_interface', 'efi_command_line_start', 'efi_home']) {
      a.label(name);
      a.u64(0);
    }
  },
  space: (a) => {
    a.label('efi_command_line_text');
    a.space(COMMAND_LINE_SIZE);
  },
  converter: {
    part: 'convert_efi',
    write: (a) => {
      const { code: c } = a;
      a.part('convert_efi', () => {
        const none = a.local('none');
        const noInitrd = a.local('no_initrd');
        c.or(boot('flags'), imm(bootFlag.efi));
        // Where it was entered, which is not where it is linked.
        c.mov(o.RAX, qword(label('efi_rip')));
        c.mov(state('rip'), o.RAX);
        c.mov(o.RAX, qword(label('efi_command_line_start')));
        c.test(o.RAX, o.RAX);
        c.je(none);
        c.mov(boot('command_line'), o.RAX);
        a.at(none);
        c.mov(o.RAX, qword(label('efi_initrd_address')));
        c.mov(o.RDX, qword(label('efi_initrd_size')));
        c.test(o.RDX, o.RDX);
        c.je(noInitrd);
        c.xor(o.ECX, o.ECX);
        c.call(label('add_module'));
        a.at(noInitrd);
        c.jmp(label('efi_memory_map'));
      });
      writeMemoryMap(a);
    },
  },
};

/** Part `entry_efi`, position-independent: keeps the processor's state, and brings the image where it is linked. */
function writeAnywhere(a: Assembler): void {
  const { code: c } = a;
  a.part('entry_efi', () => {
    const [free, levels] = [a.local('free'), a.local('levels')];
    c.mov(state('rax'), o.RAX);
    keepRegisters(a);
    keepFlags(a);
    c.mov(o.R14, o.RCX);
    c.mov(o.R12, o.RDX);
    keepControl(a);
    c.lea(o.RAX, mem(entryLabel('efi')));
    c.mov(qword(label('efi_rip')), o.RAX);
    c.and(o.RSP, imm(-16));
    openFrame(a);
    c.mov(o.R13, at(efiSystemTable, o.R12, 'BootServices'));
    c.test(state('cr4'), imm(CR4.LA57));
    c.je(levels);
    c.mov(o.RAX, imm(efiStatus.UNSUPPORTED));
    refuse(a, 'levels');
    a.at(levels);
    c.mov(o.RAX, imm(label('image_start')));
    c.mov(qword(label('efi_home')), o.RAX);
    c.mov(o.R8, imm(label('image_end', 0xfff)));
    c.sub(o.R8, o.RAX);
    c.shr(o.R8, imm(12));
    c.mov(o.ECX, imm(efiAllocate.AllocateAddress));
    c.mov(o.EDX, imm(efiMemoryType.EfiLoaderCode));
    c.lea(o.R9, mem(label('efi_home')));
    bootService(a, 'AllocatePages');
    c.je(free);
    refuse(a, 'taken');
    a.at(free);
    c.lea(o.RSI, mem(label('image_start')));
    c.mov(o.RDI, imm(label('image_start')));
    c.mov(o.RCX, imm(label('file_end')));
    c.sub(o.RCX, o.RDI);
    c.rep_movsb();
    c.mov(o.RAX, imm(label('efi_at_home')));
    c.jmp(o.RAX);
  });
}

/** Part `efi_at_home`: asks boot services, leaves them, and goes on where all 64-bit entries meet. */
function writeAtHome(a: Assembler): void {
  const { code: c } = a;
  a.part('efi_at_home', () => {
    const [initrd, left] = [a.local('initrd'), a.local('left')];
    c.call(label('efi_command_line'));
    c.call(label('efi_initrd'));
    c.test(o.RAX, o.RAX);
    c.je(initrd);
    refuse(a, 'initrd');
    a.at(initrd);
    c.call(label('efi_configuration_tables'));
    c.call(label('efi_framebuffer'));
    c.call(label('efi_stages'));
    c.call(label('efi_exit'));
    c.test(o.RAX, o.RAX);
    c.je(left);
    // After the first attempt nothing may be printed any more.
    back(a);
    a.at(left);
    c.cli();
    c.lea(o.RSP, mem(label('stack_top')));
    c.lea(o.RBX, mem(label('record_efi')));
    c.jmp(label('leave_64'));
  });
}
