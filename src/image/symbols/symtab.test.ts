import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { output } from '../../../test/outside.js';
import { anyMissing } from '../../../tools/check/missing.js';
import { openImage } from '../open.js';
import { readSymbols } from './read.js';

const source = `
int counter = 1;
static int hidden = 2;
int zeroed[100];
static int hidden_zeroed[100];
const char text[] = "text";
static const int table[] = { 1, 2, 3 };
__attribute__((weak)) int weak_object = 3;
__attribute__((weak)) void weak_function(void) {}
static int helper(int i) { return i + hidden++ + hidden_zeroed[i]++ + table[i & 1]; }
void _start(void) { for (;;) counter += helper(zeroed[counter & 7]); }
__asm__(".globl absolute; absolute = 0x1234; local_absolute = 0x1235");
`;

const reason = anyMissing('gcc', 'nm');

test.skipIf(reason).each(['-m64', '-m32'])(
  `an ELF symbol table lists what nm lists, %s${reason ? ` (${reason})` : ''}`,
  async (bits) => {
    const directory = mkdtempSync(join(tmpdir(), 'zeropage-'));
    try {
      const path = join(directory, 'program');
      writeFileSync(`${path}.c`, source);
      const options = '-static -nostdlib -ffreestanding -fno-pic -no-pie -O0 -o'.split(' ');
      const compiled = spawnSync('gcc', [bits, ...options, path, `${path}.c`], { encoding: 'utf8' });
      expect(compiled.stderr).toBe('');
      const { table } = readSymbols(await openImage(new Uint8Array(readFileSync(path))));
      const width = bits === '-m64' ? 16 : 8;
      const ours = Array.from(
        table!.entries(),
        ({ address, type, name }) => `${address.toString(16).padStart(width, '0')} ${type} ${name}`,
      );
      const theirs = output('nm', '-n', path).trimEnd().split('\n');
      expect(ours.sort()).toEqual(theirs.sort());
      expect(table!.source.from).toBe('symtab');
    } finally {
      rmSync(directory, { recursive: true });
    }
  },
);
