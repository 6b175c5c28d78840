/**
 * `npm run bench:debate`: the same initialisers once as separate entries, each with a path of its own, once as one entry with init
 * tables. Prints the tables of docs/debate.md; with --write it puts them there, else it checks that they stand there. Everything is
 * counted in bytes and instructions of our own machine, so it is the same every time. Ends with 0, with 1 when the page is outdated,
 * with 2 when a guest does not get to the end of its path.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { initStage } from '../src/abi/init-entry.js';
import { type BootResult, boot } from '../src/boot/boot.js';
import type { EntryId } from '../src/entry/entry.js';
import { openImage } from '../src/image/open.js';
import type { Machine } from '../src/machine/machine.js';
import type { Assembler } from '../src/stub/assembler/assembler.js';
import * as o from '../src/stub/assembler/operands.js';
import { imm, label, mem } from '../src/stub/assembler/operands.js';
import { boot as field } from '../src/stub/common/fields.js';
import { writeInitWalker } from '../src/stub/common/init-walker.js';
import type { StubId } from '../src/stub/entries/entry-stub.js';
import { entryStubs } from '../src/stub/entries/entry-stubs.js';
import { elfImage } from '../src/stub/image/elf-image.js';
import { entryNotes } from '../src/stub/image/entry-notes.js';
import { type Initialiser, on } from '../src/stub/init/initialiser.js';
import { readInitLog } from '../src/stub/init/log.js';
import { writeInitTables } from '../src/stub/init/write.js';
import { type Universal, universal } from '../src/stub/universal.js';

const entries = ['pvh', 'multiboot', 'multiboot2', 'xen-pv'] as const satisfies readonly StubId[];
type Entry = (typeof entries)[number];

const everywhere = { support: 'all' } as const;
const required = { require: 'all' } as const;

/** What a kernel does before it joins, with what each needs, as its tables would say it. */
const initialisers: readonly Omit<Initialiser<o.Label>, 'callbacks'>[] = [
  { id: 'cr4_shadow', order: 1, where: on(required, required) },
  { id: 'memory', order: 1, where: on(required, required) },
  { id: 'kasan_shadow', order: 2, depends: ['memory', 'cr4_shadow'], where: on(required, required) },
  { id: 'console', order: 2, where: on(everywhere, everywhere) },
  { id: 'xen_hypercalls', order: 2, where: on({ require: ['xen'] }, everywhere) },
  { id: 'pv_clock', order: 3, depends: ['memory'], where: on({ support: ['xen', 'kvm'] }, everywhere) },
  { id: 'acpi', order: 3, depends: ['memory'], where: on(everywhere, { support: ['PC'] }) },
  { id: 'rtc', order: 3, where: on(everywhere, { support: ['PC'], forbid: ['XEN'] }) },
];
const ids = initialisers.map(({ id }) => id);

/** What the author of each path put into it, knowing what is underneath. */
const paths: Readonly<Record<Entry, readonly string[]>> = {
  pvh: ['cr4_shadow', 'memory', 'kasan_shadow', 'console', 'acpi', 'rtc'],
  multiboot: ['cr4_shadow', 'memory', 'kasan_shadow', 'console', 'acpi', 'rtc'],
  multiboot2: ['cr4_shadow', 'memory', 'kasan_shadow', 'console', 'acpi', 'rtc'],
  'xen-pv': ['cr4_shadow', 'memory', 'kasan_shadow', 'console', 'xen_hypercalls', 'pv_clock'],
};

/** The initialisers themselves, the same machine code in every design: each says that it ran. */
function writeInitialisers(a: Assembler): void {
  const { code: c } = a;
  for (const [index, id] of ids.entries()) {
    a.part(id, () => {
      c.inc(o.byte(label('done', index)));
      c.xor(o.EAX, o.EAX);
      c.ret();
    });
  }
}

const writeDone = (a: Assembler): void => {
  a.label('done');
  a.space(ids.length);
};

function writePayload(a: Assembler): void {
  a.part('payload', () => {
    a.code.cli();
    a.code.hlt();
  });
}

/** A kernel of one entry with a hand-written path. */
function separate(entry: Entry, forgotten?: string): Universal {
  return universal({
    entries: [entry],
    stages: { beforePost: [], afterPost: ['path'] },
    payload: (a) => {
      a.part('path', () => {
        a.code.sub(o.RSP, imm(8));
        for (const id of paths[entry]) if (id !== forgotten) a.code.call(label(id));
        a.code.add(o.RSP, imm(8));
        a.code.ret();
      });
      writeInitialisers(a);
      writePayload(a);
    },
    bss: writeDone,
  });
}

/** A kernel of all entries with one path that walks a table. */
function tables(forgotten?: string): Universal {
  return universal({
    entries,
    stages: { beforePost: [], afterPost: ['walk'] },
    payload: (a) => {
      const { code: c } = a;
      a.part('walk', () => {
        c.sub(o.RSP, imm(8));
        c.lea(o.RAX, mem(label('init_table')));
        c.mov(field('init_tables'), o.RAX);
        c.mov(o.ESI, imm(initStage.early));
        c.call(label('run_init_tables'));
        c.add(o.RSP, imm(8));
        c.ret();
      });
      writeInitWalker(a);
      writeInitialisers(a);
      writeInitTables(
        a,
        initialisers
          .filter(({ id }) => id !== forgotten)
          .map((one) => ({ ...one, callbacks: { early: label(one.id) } })),
      );
      writePayload(a);
    },
    bss: writeDone,
  });
}

/** How a kernel came to its payload. */
interface Run {
  readonly result: BootResult;
  /** Retired when it was reached; NaN when it was not. */
  readonly instructions: number;
  /** Guest memory by the program's addresses, as it was then. */
  readonly read: (address: bigint, size: number) => Uint8Array;
  /** Names of the parts whose code ran. */
  readonly ran: ReadonlySet<string>;
  /** How often each initialiser ran. */
  readonly done: readonly number[];
}

async function run(kernel: Universal, entry: Entry): Promise<Run> {
  const { program, content, memorySize } = kernel;
  const file = elfImage({
    address: program.base,
    content,
    segments: [{ offset: 0, size: content.length, memorySize }],
    notes: entryNotes(kernel),
    entry: program.address(`entry_${entry}`),
  });
  const ran = new Set<string>();
  let instructions = Number.NaN;
  let memory: Uint8Array = new Uint8Array();
  const result = await boot(
    await openImage(file),
    { entry: entry as EntryId, memory: 64 },
    {
      onMachine: (machine) =>
        machine.cpu.blocks.onDecoded.push(({ pc }) => {
          const part = program.parts.find(
            ({ address, size }) => pc >= address && pc < address + BigInt(size),
          );
          if (part) ran.add(part.name);
          if (part?.name !== 'payload') return;
          instructions = machine.instructions;
          memory = snapshot(machine, kernel);
        }),
    },
  );
  const read = (address: bigint, size: number): Uint8Array => {
    const offset = Number(address - program.base);
    return memory.subarray(offset, offset + size);
  };
  return { result, instructions, read, ran, done: [...read(program.address('done'), ids.length)] };
}

/** The image in memory, page by page: a paravirtual guest's pages lie anywhere. */
function snapshot({ cpu, memory }: Machine, { program, memorySize }: Universal): Uint8Array {
  const copy = new Uint8Array(memorySize);
  for (let offset = 0; offset < memorySize; offset += 4096) {
    const frame = cpu.walker.peek((Number(program.base) + offset) / 4096)!;
    copy.set(memory.ram(frame * 4096, Math.min(4096, memorySize - offset)), offset);
  }
  return copy;
}

const sizeOf = (kernel: Universal, names: Iterable<string>): number => {
  const wanted = new Set(names);
  return kernel.program.parts.filter(({ name }) => wanted.has(name)).reduce((sum, { size }) => sum + size, 0);
};

const lines: string[] = [];
const say = (line = ''): void => void lines.push(line);
const row = (...cells: (string | number)[]): void => say(`| ${cells.join(' | ')} |`);

/** Parts that belong to what both designs share or need for themselves, not to the initialisers or the payload. */
const isPath = (name: string): boolean => !ids.includes(name) && name !== 'payload';
/** Code that reads what a loader, or whoever stands behind it, wrote. */
const parses = (name: string): boolean =>
  name.startsWith('convert_') || ['add_memory_range', 'add_module', 'find_rsdp'].includes(name);

async function main(): Promise<number> {
  const one = tables();
  const many = entries.map((entry) => ({ entry, kernel: separate(entry) }));
  const runs = [];
  for (const { entry, kernel } of many) {
    // The paravirtual entry is entered by Xen's domain builder, under its platform.
    runs.push({ entry, kernel, own: await run(kernel, entry), shared: await run(one, entry) });
  }

  say('### Per path\n');
  row(
    'entry',
    'instructions, own path',
    'with tables',
    'functions run, own path',
    'with tables',
    'bytes that parse input, own',
    'with tables',
  );
  row(':--', '--:', '--:', '--:', '--:', '--:', '--:');
  for (const { entry, kernel, own, shared } of runs) {
    row(
      entry,
      own.instructions,
      shared.instructions,
      own.ran.size,
      shared.ran.size,
      sizeOf(kernel, [...own.ran].filter(parses)),
      sizeOf(one, [...shared.ran].filter(parses)),
    );
  }

  const partsOf = ({ program }: Universal): string[] => program.parts.map(({ name }) => name).filter(isPath);
  const copies = new Map<string, number>();
  for (const { kernel } of many) {
    for (const name of partsOf(kernel)) copies.set(name, (copies.get(name) ?? 0) + 1);
  }
  const total = many.reduce((sum, { kernel }) => sum + sizeOf(kernel, partsOf(kernel)), 0);
  const duplicated = many.reduce((sum, { kernel }) => {
    const again = partsOf(kernel).filter((name) => name !== 'path' && copies.get(name)! > 1);
    return sum + sizeOf(kernel, again);
  }, 0);
  const union = [...copies].filter(([name, count]) => name !== 'path' && count > 1);
  const once = union.reduce((sum, [name]) => sum + sizeOf(one, [name]), 0);
  const table = Number(one.program.address('payload') - one.program.address('init_table'));
  say('\n### Over all paths\n');
  row('', 'separate entries', 'one entry with tables');
  row(':--', '--:', '--:');
  row('code before the initialisers, bytes', total, sizeOf(one, partsOf(one)));
  row('of it the same code again in another path, bytes', duplicated - once, 0);
  row('of it the walker, bytes', 0, sizeOf(one, ['run_init_tables', 'walk']));
  row('the table itself, bytes', 0, Math.abs(table));
  row('calls of initialisers written by hand', Object.values(paths).flat().length, 0);
  row('declarations', 0, initialisers.length);

  say('\n### What ran\n');
  row('initialiser', ...runs.flatMap(({ entry }) => [`${entry}, own`, 'tables']));
  row(':--', ...runs.flatMap(() => [':-:', ':-:']));
  for (const [index, id] of ids.entries()) {
    row(id, ...runs.flatMap(({ own, shared }) => [own.done[index]!, shared.done[index]!]));
  }
  await forgetting();
  stubSizes();
  const lost = runs.filter(({ own, shared }) => Number.isNaN(own.instructions + shared.instructions));
  if (lost.length === 0) return 0;
  say(`\nnot all reached their payload: ${lost.map(({ entry }) => entry).join(', ')}`);
  return 2;
}

/** Every stub of the universal image, in bytes. */
function stubSizes(): void {
  const { program } = universal({ payload: writePayload });
  const size = (name: string): number => program.parts.find((part) => part.name === name)?.size ?? 0;
  say('\n### Size of the stubs\n');
  row('entry', 'pre-stub, bytes', 'conversion of what the loader left, bytes');
  row(':--', '--:', '--:');
  for (const { id, converter } of entryStubs) row(id, size(`entry_${id}`), size(converter.part));
  say(
    `\nShared: ${['enter_32', 'enter_64', 'common_start', 'joined', 'detect_hypervisor', 'find_rsdp', 'sort_memory_map', 'add_memory_range', 'add_module'].map((name) => `\`${name}\` ${size(name)}`).join(', ')}.`,
  );
}

/** Leaves cr4_shadow out, as Linux once did on Xen, and shows who notices. */
async function forgetting(): Promise<void> {
  const forgotten = 'cr4_shadow';
  say(`\n### ${forgotten} forgotten\n`);
  const { instructions, done } = await run(separate('pvh', forgotten), 'pvh');
  const ran = ids.filter((_, index) => done[index]! > 0);
  say(
    `- separate entries, forgotten on the path of pvh: it builds, and the boot reaches the payload after ${instructions} instructions as if nothing were; ran: ${ran.join(', ')}.`,
  );
  try {
    tables(forgotten);
    say('- one entry with tables, not declared: it builds.');
  } catch (error) {
    say(`- one entry with tables, not declared: the build fails: "${(error as Error).message}"`);
  }
  const kernel = tables();
  const { read } = await run(kernel, 'pvh');
  const log = readInitLog(read, kernel.program.address('init_table'));
  say(
    `- one entry with tables, all declared: the log of the boot says ${log.outcomes.map(({ name, verdict }) => `${name} ${verdict}`).join(', ')}.`,
  );
}

const page = fileURLToPath(new URL('../docs/debate.md', import.meta.url));
const [before, after] = ['<!-- measured -->\n', '<!-- /measured -->'];

/** Puts the measured tables into the page; false when they were not there before. */
function update(write: boolean): boolean {
  const text = readFileSync(page, 'utf8');
  const [start, end] = [text.indexOf(before) + before.length, text.indexOf(after)];
  const measured = `\n${lines.join('\n')}\n\n`;
  if (text.slice(start, end) === measured) return true;
  if (write) writeFileSync(page, text.slice(0, start) + measured + text.slice(end));
  return write;
}

const code = await main();
process.stdout.write(`${lines.join('\n')}\n`);
const current = code !== 0 || update(process.argv.includes('--write'));
if (!current) process.stdout.write('\ndocs/debate.md says otherwise: npm run bench:debate -- --write\n');
process.exitCode = current ? code : 1;
