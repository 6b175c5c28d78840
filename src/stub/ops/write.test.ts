import { expect, test } from 'vitest';
import { craftElf } from '../../../test/craft/elf.js';
import { runGuest } from '../../../test/guest/run.js';
import { hypervisorType } from '../../abi/boot-information.js';
import { operationNames } from '../../abi/op-table.js';
import { Assembler } from '../assembler/assembler.js';
import * as o from '../assembler/operands.js';
import { imm, label } from '../assembler/operands.js';
import { writeInstallOperations } from '../common/op-patch.js';
import { natives, writeNativeOperations } from './native.js';
import { forbidden, hypervisors, native, type OpTable, own } from './op-tables.js';
import { OperationCalls, writeOpTables } from './write.js';

const allNative = Object.fromEntries(operationNames.map((name) => [name, native]));
const tables: OpTable<o.Label>[] = [
  { name: 'native', hypervisors: hypervisors(['none']), operations: allNative },
  {
    name: 'kvm',
    hypervisors: hypervisors(['kvm']),
    operations: { ...allNative, console_write: own(label('shout')), read_cr3: forbidden },
  },
];

/** A guest that installs its operations, writes a letter and reads CR3 where RDX says so. */
function guest(): Uint8Array {
  const a = new Assembler();
  const { code: c } = a;
  const calls = new OperationCalls();
  c.push(o.RDI);
  c.lea(o.RSI, o.mem(label('op_directory')));
  c.call(label('install_operations'));
  c.mov(o.EBX, o.EAX);
  c.mov(o.EDI, imm(0x61));
  calls.write(a, 'console_write');
  c.pop(o.RDI);
  c.mov(o.EAX, o.EBX);
  c.hlt();
  a.part('shout', () => {
    c.and(o.EDI, imm(~0x20));
    c.jmp(label('native_console_write'));
  });
  writeInstallOperations(a);
  writeNativeOperations(a);
  writeOpTables(a, tables, natives, calls);
  const program = a.assemble(0x200000);
  return craftElf({ entry: 0x200000, segments: [{ vaddr: 0x200000, data: program.bytes }] });
}

test('op tables declared in TypeScript work without any linker', () => {
  const image = guest();
  expect(runGuest(image, { hypervisor: hypervisorType.none }).console).toBe('a');
  expect(runGuest(image, { hypervisor: hypervisorType.kvm }).console).toBe('A');
  expect(runGuest(image, { hypervisor: hypervisorType.kvm }).result).toBe(0n);
  const without = runGuest(image, { hypervisor: hypervisorType.xen });
  expect(without.console).toBe('a');
  expect(BigInt.asIntN(32, without.result)).toBe(-2n);
});

test('a missing operation is an error that lists it', () => {
  const { halt, cpuid, ...rest } = allNative;
  expect([halt, cpuid]).toEqual([native, native]);
  const write = (table: OpTable<o.Label>, functions = natives) =>
    writeOpTables(new Assembler(), [table], functions, new OperationCalls());
  expect(() => write({ name: 'kvm', hypervisors: 4, operations: rest })).toThrow(
    "op tables: op table 'kvm' says nothing about halt, cpuid",
  );
  const { halt: _, ...some } = natives;
  expect(() => write({ name: 'kvm', hypervisors: 4, operations: allNative }, some)).toThrow(
    "op table 'kvm': halt is native, but no table says which function that is",
  );
  expect(() => writeOpTables(new Assembler(), [], natives, new OperationCalls())).toThrow(
    'no op table is declared',
  );
});
