import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import type { Abi } from '../../src/abi/abi.js';
import { bootInformationAbi } from '../../src/abi/boot-information.js';
import { initTablesAbi } from '../../src/abi/init-entry.js';
import { opTablesAbi } from '../../src/abi/op-table.js';
import { hasGcc, needsGcc, Workshop } from '../../test/guest/gcc.js';
import { constantName } from './c-header.js';

const headers: readonly { file: string; abi: Abi }[] = [
  { file: 'boot-information.h', abi: bootInformationAbi },
  { file: 'init-table.h', abi: initTablesAbi },
  { file: 'op-table.h', abi: opTablesAbi },
];

test.each([
  'boot-information.ts',
  'init-tables.ts',
  'op-tables.ts',
  'runtime.ts',
])('what %s makes is current', (tool) => {
  const path = fileURLToPath(new URL(tool, import.meta.url));
  const { status, stderr } = spawnSync('npx', ['tsx', path], { encoding: 'utf8' });
  expect(status, stderr).toBe(0);
});

describe.skipIf(!hasGcc)(`the compiler sees the same ${needsGcc}`, () => {
  const workshop = new Workshop();

  describe.each(headers)('$file', ({ file, abi }) => {
    const fields = abi.structs.flatMap(({ name, fields }) =>
      Object.entries(fields).map(([field, { offset }]) => ({ name, field, offset })),
    );

    test.each(['c11', 'c17', 'c++11', 'c++17', 'c++20'])('sizes, offsets and values in %s', (standard) => {
      const lines = [
        ...abi.structs.map(({ name }) => `printf("%zu\\n", sizeof(struct zeropage_${name}));`),
        ...fields.map(({ name, field }) => `printf("%zu\\n", offsetof(struct zeropage_${name}, ${field}));`),
        ...names(abi).map(([name]) => `printf("%lld\\n", (long long)ZEROPAGE_${name});`),
      ];
      const cpp = standard.startsWith('c++');
      const source = workshop.write(
        cpp ? 'abi.cpp' : 'abi.c',
        `#include <zeropage/${file}>\n#include <stdio.h>\nint main(void) {\n${lines.join('\n')}\nreturn 0;\n}\n`,
      );
      workshop.build(
        cpp ? 'g++' : 'gcc',
        `-std=${standard}`,
        '-Wpedantic',
        source,
        '-o',
        workshop.path('abi'),
      );
      expect(workshop.run('abi').trim().split('\n').map(Number)).toEqual([
        ...abi.structs.map(({ size }) => size),
        ...fields.map(({ offset }) => offset),
        ...names(abi).map(([, value]) => value),
      ]);
    });

    test('constants and offsets in assembly', () => {
      const values = [
        ...names(abi).map(([name]) => `ZEROPAGE_${name}`),
        ...abi.structs.map(({ name }) => `ZEROPAGE_SIZE_${constantName(name)}`),
        ...fields.map(({ name, field }) => `ZEROPAGE_OFFSET_${constantName(name)}_${constantName(field)}`),
      ];
      const source = workshop.write(
        'abi.S',
        `#include <zeropage/${file}>\n.globl values\n.section .rodata\nvalues:\n${values.map((v) => `.quad ${v}`).join('\n')}\n.section .note.GNU-stack,"",@progbits\n`,
      );
      const main = workshop.write(
        'main.c',
        `#include <stdio.h>\nextern long long values[];\nint main(void) { for (int i = 0; i < ${values.length}; i++) printf("%lld\\n", values[i]); return 0; }\n`,
      );
      workshop.build('gcc', source, main, '-o', workshop.path('abi'));
      expect(workshop.run('abi').trim().split('\n').map(Number)).toEqual([
        ...names(abi).map(([, value]) => value),
        ...abi.structs.map(({ size }) => size),
        ...fields.map(({ offset }) => offset),
      ]);
    });
  });
});

function names({ constants, enums }: Abi): (readonly [name: string, value: number])[] {
  return [
    ...Object.entries(constants),
    ...Object.entries(enums).flatMap(([prefix, values]) =>
      Object.entries(values).map(([name, value]) => [`${prefix}_${constantName(name)}`, value] as const),
    ),
  ];
}
