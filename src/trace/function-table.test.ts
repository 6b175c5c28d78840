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

test('marks of the linker script are no functions, and what only sounds like one is', () => {
  const { columns } = new FunctionTable(
    symbolTable([
      at(0x00, '_stext'),
      at(0x00, 'startup_64'),
      at(0x10, '__key_link_begin'),
      at(0x20, '__pfx___netlink_dump_start'),
      at(0x30, '__netlink_dump_start'),
      at(0x40, '__noinstr_text_start'),
      at(0x40, 'memcpy'),
      at(0x50, '__noinstr_text_end'),
      at(0x50, '__indirect_thunk_start'),
      at(0x60, '__indirect_thunk_end'),
      at(0x60, '_etext'),
    ]),
  );
  expect(columns.name.slice(-4)).toEqual([
    'startup_64',
    '__key_link_begin',
    '__netlink_dump_start',
    'memcpy',
  ]);
});
