import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { operationNames } from '../../src/abi/op-table.js';
import { boot } from '../../src/boot/boot.js';
import type { EntryId } from '../../src/entry/entry.js';
import { openImage } from '../../src/image/open.js';
import type { Machine } from '../../src/machine/machine.js';
import type { Assembler } from '../../src/stub/assembler/assembler.js';
import * as o from '../../src/stub/assembler/operands.js';
import { imm, label } from '../../src/stub/assembler/operands.js';
import { guestTableStages, writeGuestTables } from '../../src/stub/common/guest-tables.js';
import { writePowerOff } from '../../src/stub/common/power-off.js';
import { elfOf } from '../../src/stub/guest/image.js';
import { on } from '../../src/stub/init/initialiser.js';
import { readInitLog } from '../../src/stub/init/log.js';
import { linkGuest } from '../../src/stub/link/link.js';
import { hypervisors, native } from '../../src/stub/ops/op-tables.js';
import { OperationCalls } from '../../src/stub/ops/write.js';
import { universal } from '../../src/stub/universal.js';
import { hasGcc, needsGcc, Workshop } from '../guest/gcc.js';

const everywhere = on({ support: 'all' }, { support: 'all' });
const allNative = Object.fromEntries(operationNames.map((name) => [name, native]));

/** A payload that prints a letter an initialiser through an operation, and its own when it comes to it. */
function payload(a: Assembler): void {
  const { code: c } = a;
  const calls = new OperationCalls();
  const print = (letter: string): void => {
    c.mov(o.EDI, imm(letter.charCodeAt(0)));
    calls.write(a, 'console_write');
  };
  a.part('payload', () => {
    c.mov(o.RBX, o.RDI);
    print('P');
    for (const stage of ['setup', 'late']) {
      c.mov(o.RDI, o.RBX);
      c.call(label(`run_initialisers_${stage}`));
    }
    print('\n');
    c.jmp(label('power_off'));
  });
  const prints = (letter: string): o.Label => {
    a.part(`print_${letter}`, () => {
      c.push(o.RDI);
      print(letter);
      c.pop(o.RDI);
      c.xor(o.EAX, o.EAX);
      c.ret();
    });
    return label(`print_${letter}`);
  };
  const [early, setup, late, other] = [prints('e'), prints('s'), prints('l'), prints('x')];
  a.part('has_modules', () => {
    c.mov(o.EAX, o.dword(o.RDI, 72));
    c.ret();
  });
  writeGuestTables(a, {
    calls,
    opTables: [{ name: 'native', hypervisors: hypervisors('all'), operations: allNative }],
    initialisers: [
      { id: 'second', order: 1, where: everywhere, depends: ['first'], callbacks: { early, setup } },
      {
        id: 'first',
        order: 1,
        where: on({ require: 'all' }, { require: 'all' }),
        callbacks: { early, late },
      },
      { id: 'modules', order: 2, where: everywhere, detect: label('has_modules'), callbacks: { late } },
      {
        id: 'xen',
        order: 2,
        where: on({ require: ['xen'] }, { support: 'all' }),
        callbacks: { early: other },
      },
    ],
  });
  writePowerOff(a);
}

const guest = universal({ entries: ['pvh', 'multiboot', 'multiboot2'], payload, stages: guestTableStages });
const file = elfOf(guest, []);

async function run(entry: EntryId, initrd?: Uint8Array) {
  let machine: Machine | undefined;
  const result = await boot(
    await openImage(file, { name: 'guest' }),
    { entry, memory: 64, initrd },
    {
      onMachine: (one) => {
        machine = one;
      },
    },
  );
  const read = (address: bigint, size: number) => machine!.memory.ram(Number(address), size);
  const word = (name: string) =>
    new DataView(read(guest.program.address(name), 4).slice().buffer).getInt32(0, true);
  return { ...result, word, log: readInitLog(read, guest.program.address('init_table')) };
}

describe.each(['pvh', 'multiboot', 'multiboot2'] as const)('through the entry %s', (entry) => {
  const workshop = new Workshop();

  test('operations are installed and initialisers run in their stages', async () => {
    const { console, stop, log, word } = await run(entry, new Uint8Array(100));
    expect([console, stop]).toEqual(['eePsll\n', 'power-off']);
    expect(word('install_result')).toBe(0);
    expect(log.missing).toBe(0);
    expect(log.outcomes).toMatchObject([
      { name: 'first', required: true, verdict: 'ran' },
      { name: 'second', required: false, verdict: 'ran' },
      { name: 'modules', verdict: 'ran', detected: 1 },
      { name: 'xen', required: false, verdict: 'unsupported' },
    ]);
  });

  test.skipIf(!hasGcc)(`a boot module replaces the operations ${needsGcc}`, async () => {
    const rest = operationNames
      .filter((name) => name !== 'console_write')
      .map((name) => `.${name} = ZEROPAGE_NATIVE`);
    const source = workshop.write(
      'newer.c',
      `#include <zeropage/op-table.h>
static void put(uint8_t byte) { __asm__ volatile("outb %0, %1" : : "a"(byte), "Nd"((uint16_t)0x3f8)); }
static void console_write(uint8_t byte) { put('<'); put(byte); put('>'); }
ZEROPAGE_OP_TABLE(newer, ZEROPAGE_ALL, .console_write = ZEROPAGE_OWN(console_write), ${rest.join(', ')});
ZEROPAGE_OP_MODULE(newer);
`,
    );
    const flags =
      '-O2 -ffreestanding -mno-red-zone -mgeneral-regs-only -fpic -fvisibility=hidden -shared -nostdlib';
    workshop.build('gcc', ...flags.split(' '), source, '-o', workshop.path('newer.so'));
    const { image } = linkGuest(readFileSync(workshop.path('newer.so')));
    const { console, word } = await run(entry, image);
    expect(console).toBe('<e><e><P><s><l><l><\n>');
    expect(word('install_result')).toBe(0);
  });
});
