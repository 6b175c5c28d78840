import { expect, test } from 'vitest';
import { kernelStart, symbolTable } from '../../test/craft/symbols.js';
import { FunctionTable } from './function-table.js';

const at = (offset: number, name: string) => ({ address: kernelStart + BigInt(offset), type: 'T', name });

test('of the names of one function the plain one stands for it; one that is the only one does, too', () => {
  const { columns } = new FunctionTable(
    symbolTable([
      at(0x00, '__pi___x86_return_thunk'),
      at(0x00, '__x86_return_thunk'),
      at(0x10, '__pi_startup_64_load_idt'),
      at(0x20, 'memcpy'),
      at(0x20, '__pi_memcpy'),
      at(0x20, '__memcpy'),
    ]),
  );
  expect(columns.name.slice(-3)).toEqual(['__x86_return_thunk', '__pi_startup_64_load_idt', 'memcpy']);
  expect(columns.aliases.slice(-3)).toEqual([['__pi___x86_return_thunk'], [], ['__memcpy', '__pi_memcpy']]);
});
