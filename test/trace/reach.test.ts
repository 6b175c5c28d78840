import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { kernelElf } from '../../src/image/image.js';
import { openImage } from '../../src/image/open.js';
import { readSymbols } from '../../src/image/symbols/read.js';
import { Decoder } from '../../src/machine/x86/decoder/decoder.js';
import { instructionSet } from '../../src/machine/x86/instructions/index.js';
import { FunctionTable } from '../../src/trace/function-table.js';
import { Reach } from '../../src/trace/reach/reach.js';
import { hasGcc, needsGcc, Workshop } from '../guest/gcc.js';
import { corpusTest } from '../outside.js';
import { recorded } from './recorded.js';

const decoder = new Decoder(instructionSet);

/** Rows of functions that nothing leads to from an entry, and the functions. */
async function reachOf(data: Uint8Array) {
  const image = await openImage(data);
  const symbols = readSymbols(image).table!;
  const functions = new FunctionTable(symbols);
  const reach = new Reach(decoder, kernelElf(image)!.formats.elf, symbols, functions);
  const rows = (entry: string): number[] => reach.unreachable(functions.find(entry)!);
  const names = (entry: string): string[] => rows(entry).map((row) => functions.columns.name[row]!);
  return { rows, names };
}

const source = `
.macro function name
.type \\name, @function
\\name:
.endm
.text
.globl startup_64
function startup_64
  call called
  lea table(%rip), %rax
  testb $1, flags(%rip)
  jnz cold
  mov $taken, %rdi
  jmp jumped
function called
  encls
  mov before_array(,%rax,8), %rbx
  nop
function fallen_into
  call endless
function behind_endless
  ret
function endless
  pause
  jmp endless
function jumped
  ret
function taken
  ret
function cold
  ret
function pointed_to
  ret
function relative
  ret
function in_array
  ret
function in_own_table
  ret
function in_its_table
  ret
function never
  mov its_table(%rip), %rax
  call only_by_never
  ret
function only_by_never
  ret
.code32
function start_pvh
  mov $(physical - 0xffffffff80000000), %eax
  lea (near - start_pvh)(%ebp), %ecx
  jmp *%eax
.code64
function physical
  ret
function near
  ret
.data
table: .quad pointed_to
  .long 0
  .long relative - .
before_array = array - 8
other: .quad 0
array: .quad in_array
flags: .quad 0
its_table: .quad in_its_table
unnamed: .quad in_own_table
`;

const script = `
ENTRY(startup_64)
PHDRS { text PT_LOAD FLAGS(5); data PT_LOAD FLAGS(6); }
SECTIONS {
  . = 0xffffffff81000000;
  .text : AT(0x1000000) { *(.text) } :text
  .data 0xffffffff81200000 : AT(0x1200000) { *(.data) } :data
  /DISCARD/ : { *(.note*) }
}
`;

test.skipIf(!hasGcc)(`what leads where, and what leads nowhere ${hasGcc ? '' : needsGcc}`, async () => {
  const workshop = new Workshop();
  workshop.write('kernel.S', source);
  workshop.write('kernel.ld', script);
  workshop.build('gcc', '-nostdlib', '-static', '-no-pie', '-Wl,-T,kernel.ld', '-o', 'kernel', 'kernel.S');
  const { names: from } = await reachOf(new Uint8Array(readFileSync(workshop.path('kernel'))));
  const never = ['behind_endless', 'in_its_table', 'never', 'only_by_never'];
  expect(from('startup_64')).toEqual([...never, 'start_pvh', 'physical', 'near']);
  expect(from('start_pvh')).not.toContain('physical');
  expect(from('start_pvh')).not.toContain('near');
  expect(from('start_pvh')).toEqual(expect.arrayContaining([...never, 'startup_64', 'pointed_to']));
  expect(from('never')).toContain('pointed_to');
  for (const name of ['never', 'in_its_table', 'only_by_never']) expect(from('never')).not.toContain(name);
});

corpusTest(
  'nothing that ran is said to be out of reach',
  'debian-13-cloud-amd64',
  [],
  async ({ data }) => {
    const { rows, names } = await reachOf(data);
    for (const [entry, start] of [
      ['linux64', 'startup_64'],
      ['xen-pv', 'startup_xen'],
    ] as const) {
      const { functions, firstRuns } = await recorded('debian-13-cloud-amd64', { entry });
      const ran = new Set(firstRuns.function);
      const wrong = rows(start).filter((row) => ran.has(row));
      expect(wrong.map((row) => functions.name[row])).toEqual([]);
      // The other entry, what only it calls, and what that puts into tables (arch/x86/xen/enlighten_pv.c, mmu_pv.c).
      const unreachable = names(start);
      expect(unreachable).toContain(entry === 'linux64' ? 'startup_xen' : 'startup_64');
      for (const name of ['xen_start_kernel', 'xen_setup_kernel_pagetable', 'xen_set_pte', 'xen_write_cr3'])
        expect(unreachable.includes(name), `${entry} ${name}`).toBe(entry === 'linux64');
      // The first function of another processor stands in a variable (initial_code), and anything may start one.
      expect(unreachable).not.toContain('x86_64_start_kernel');
    }
  },
  900_000,
);
