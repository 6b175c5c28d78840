import { describe, expect, test } from 'vitest';
import { craftElf } from '../../test/craft/elf.js';
import { craftKallsyms, craftSymbols } from '../../test/craft/kallsyms.js';
import { corpusTest, linuxIds } from '../../test/outside.js';
import { corpusFile } from '../../tools/corpus/locate.js';
import { readRecords, sha256 } from '../../tools/oracle/record.js';
import { openImage } from '../image/open.js';
import { readSymbols } from '../image/symbols/read.js';
import { symbolsText } from './symbols-text.js';

describe('lines as nm -n prints them', () => {
  test.each([
    [8, 0xffffffff81000000n, 16],
    [4, 0xc1000000n, 8],
  ] as const)('words of %i bytes', async (word, start, width) => {
    const symbols = craftSymbols(15000, start);
    const { data } = craftKallsyms({ symbols, version: '5.10', word, at: start });
    const segments = [{ vaddr: start, data }];
    const file = craftElf({ class: word === 8 ? 64 : 32, segments });
    const { table } = readSymbols(await openImage(file));
    const chunks = [...symbolsText(table!)];
    expect(chunks.length).toBeGreaterThan(1);
    const expected = symbols.map(
      ({ address, type, name }) => `${address.toString(16).padStart(width, '0')} ${type} ${name}\n`,
    );
    expect(Buffer.concat(chunks).toString()).toBe(expected.join(''));
  });
});

const records = readRecords();

describe('/proc/kallsyms of the running kernel, byte for byte', () => {
  for (const id of [...linuxIds, 'debian-13-cloud-arm64']) {
    const record = records[corpusFile(id)?.sha256 ?? ''];
    const what = record ? record.release : 'not recorded: run tools/oracle/kallsyms-qemu.ts --record';
    corpusTest(what, id, [], async ({ data }) => {
      const { table, problem } = readSymbols(await openImage(data));
      expect(problem).toBeUndefined();
      expect(table!.count).toBeGreaterThan(30_000);
      if (!record) return;
      expect(table!.count).toBe(record.symbols);
      expect(sha256(Buffer.concat([...symbolsText(table!)]))).toBe(record.symbolsSha256);
    });
  }
});
