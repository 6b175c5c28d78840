import { efiConfigurationTable, efiSystemTable } from '../../abi/efi.js';
import type { Assembler } from '../assembler/assembler.js';
import * as o from '../assembler/operands.js';
import { imm } from '../assembler/operands.js';
import { at, boot } from '../common/fields.js';
import { jumpUnlessGuid } from './call.js';

/** Part `efi_configuration_tables`: RSDP, that of ACPI 2.0 if there is one, and device tree. */
export function writeConfigurationTables(a: Assembler): void {
  const { code: c } = a;
  a.part('efi_configuration_tables', () => {
    const [table, next, end] = [a.local('table'), a.local('next'), a.local('end')];
    c.mov(o.RSI, at(efiSystemTable, o.R12, 'ConfigurationTable'));
    c.mov(o.RCX, at(efiSystemTable, o.R12, 'NumberOfTableEntries'));
    a.at(table);
    c.test(o.RCX, o.RCX);
    c.je(end);
    for (const [guid, field] of [
      ['ACPI_20_TABLE', 'rsdp'],
      ['ACPI_10_TABLE', 'rsdp'],
      ['DEVICE_TREE', 'device_tree'],
    ] as const) {
      const other = a.local('other');
      jumpUnlessGuid(a, guid, other);
      if (guid === 'ACPI_10_TABLE') {
        c.cmp(boot(field), imm(0));
        c.jne(next);
      }
      c.mov(o.RAX, at(efiConfigurationTable, o.RSI, 'VendorTable'));
      c.mov(boot(field), o.RAX);
      c.jmp(next);
      a.at(other);
    }
    a.at(next);
    c.add(o.RSI, imm(efiConfigurationTable.size));
    c.dec(o.RCX);
    c.jmp(table);
    a.at(end);
    c.ret();
  });
}
