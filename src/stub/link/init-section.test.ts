import { describe, expect, test } from 'vitest';
import { craftElf } from '../../../test/craft/elf.js';
import { initEntry, initTable } from '../../abi/init-entry.js';
import { initLogRecord } from '../../abi/init-log.js';
import { Bytes } from '../../core/bytes.js';
import { ImageError } from '../../core/errors.js';
import { parseElf } from '../../image/container/elf.js';
import { Assembler } from '../assembler/assembler.js';
import { label } from '../assembler/operands.js';
import { on } from '../init/initialiser.js';
import { writeInitTables } from '../init/write.js';
import { linkGuest } from './link.js';

const BASE = 0x200000;
const COUNT = 2;

interface Lie {
  /** Names of sections that are left out. */
  readonly without?: readonly string[];
  /** Bytes the entries' section says it has more. */
  readonly longer?: number;
  readonly logSize?: number;
  /** Changes the segment; `entry` is the offset in it of the first record. */
  readonly edit?: (view: DataView, entry: number, table: number) => void;
  readonly elfType?: number;
}

/** A file as a linker leaves it, from tables that the assembler wrote, with some of it changed. */
function guest({ without = [], longer = 0, logSize = COUNT * initLogRecord.size, edit, elfType }: Lie = {}) {
  const a = new Assembler();
  a.part('code', () => a.code.ret());
  const everywhere = on({ support: 'all' }, { support: 'all' });
  writeInitTables(a, [
    { id: 'a', order: 1, where: everywhere, callbacks: { early: label('code') } },
    { id: 'b', order: 2, where: everywhere, depends: ['a'], callbacks: { early: label('code') } },
  ]);
  const program = a.assemble(BASE);
  const data = program.bytes.slice();
  const offset = (name: string): number => Number(program.address(name)) - BASE;
  edit?.(new DataView(data.buffer), offset('init_entries'), offset('init_table'));
  // Sections share the segment's bytes: their headers are set by hand.
  const sections = [
    { name: '.zeropage.init', from: 'init_entries', size: COUNT * initEntry.size + longer },
    { name: '.zeropage.init_table', from: 'init_table', size: initTable.size },
    { name: '.zeropage.init_log', from: 'init_log_records', size: logSize },
  ].filter(({ name }) => !without.includes(name));
  const craft = (fileOffset: number) =>
    craftElf({
      type: elfType,
      entry: BASE,
      segments: [{ vaddr: BASE, data }],
      sections: sections.map(({ name, from, size }) => ({
        name,
        addr: program.address(from),
        raw: { sh_offset: fileOffset + offset(from), sh_size: size, sh_flags: 3 },
      })),
    });
  const first = craft(0);
  return craft(parseElf(new Bytes(first))!.segments[0]!.offset);
}

function refusal(lie: Lie): { message: string; offset?: number } {
  try {
    linkGuest(guest(lie));
  } catch (error) {
    if (error instanceof ImageError) return error;
    throw error;
  }
  throw new Error('not refused');
}

const field = (name: keyof typeof initEntry.fields): number => initEntry.fields[name].offset;

test('what is in order is taken', () => {
  const { init, problems } = linkGuest(guest());
  expect(problems).toEqual([]);
  expect(init!.initialisers.map(({ id }) => id)).toEqual(['a', 'b']);
});

describe('broken tables are refused with the reason and the offset', () => {
  test.each<[string, Lie, RegExp]>([
    ['a truncated section', { longer: -8 }, /248 bytes, which is no multiple of the 128/],
    ['a section outside the file', { longer: 0x10000 * 128 }, /./],
    ['a record of another version', { edit: (v, at) => v.setUint16(at, 2, true) }, /version 2 and 128 bytes/],
    [
      'a record of another size',
      { edit: (v, at) => v.setUint16(at + 2, 64, true) },
      /version 1 and 64 bytes/,
    ],
    ['no record', { edit: (v, at) => new Uint8Array(v.buffer, at, 128).fill(0) }, /no record at offset/],
    [
      'a name outside the file',
      { edit: (v, at) => v.setBigUint64(at + field('name'), 0x900000n, true) },
      /name of the record .* points to 0x900000, where the file has nothing/,
    ],
    ['no name', { edit: (v, at) => v.setBigUint64(at + field('name'), 0n, true) }, /name .* is missing/],
    [
      'a name that is no text',
      { edit: (v, at) => v.setBigUint64(at + field('name'), BigInt(BASE), true) },
      /not printable text/,
    ],
    [
      'a callback outside the code',
      { edit: (v, at) => v.setBigUint64(at + field('early'), 0xffffffffffffffffn, true) },
      /early of the record .* points to 0xffffffffffffffff, which is not code/,
    ],
    [
      'unknown flags',
      { edit: (v, at) => v.setUint32(at + field('flags'), 0x80000001, true) },
      /unknown bits 0x80000000/,
    ],
    ['no table', { without: ['.zeropage.init_table'] }, /no section .zeropage.init_table/],
    [
      'a table of another version',
      { edit: (v, _, table) => v.setUint32(table + 4, 9, true) },
      /init table has version 9/,
    ],
    [
      'a table that was linked elsewhere',
      { edit: (v, _, table) => v.setBigUint64(table + 16, 0x1000n, true) },
      /holds 0 tables/,
    ],
    [
      'a log that is none',
      { edit: (v, _, table) => v.setBigUint64(table + 32, BigInt(BASE), true) },
      /log at 0x200000 is none/,
    ],
    ['a log that is too small', { logSize: 32 }, /32 bytes of memory instead of 64/],
    ['no log', { without: ['.zeropage.init_log'] }, /0 bytes of memory instead of 64/],
  ])('%s', (_, lie, message) => {
    const { message: text, offset } = refusal(lie);
    expect(text).toMatch(message);
    if (!lie.without?.includes('.zeropage.init_table')) expect(offset).toBeTypeOf('number');
  });

  test('a file without tables', () => {
    expect(() =>
      linkGuest(guest({ without: ['.zeropage.init', '.zeropage.init_table', '.zeropage.init_log'] })),
    ).toThrow('nothing is declared');
    expect(linkGuest(guest({ without: ['.zeropage.init'] })).problems).toEqual([
      '.zeropage.init: nothing is declared',
    ]);
  });

  test('an object file, and what is not ELF', () => {
    expect(() => linkGuest(guest({ elfType: 1 }))).toThrow('object file');
    expect(() => linkGuest(new Uint8Array(100))).toThrow('not an ELF file');
  });

  test('any byte of the tables changed or cut off is taken or refused, never a fault', () => {
    const good = guest();
    for (let at = 0; at < good.length; at += 1) {
      for (const edited of [good.slice(0, at), good.map((byte, i) => (i === at ? byte ^ 0xff : byte))]) {
        try {
          linkGuest(edited);
        } catch (error) {
          if (!(error instanceof ImageError)) throw error;
        }
      }
    }
  });
});
