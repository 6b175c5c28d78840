import {
  BOOT_INFORMATION_MAGIC,
  BOOT_INFORMATION_VERSION,
  bootInformation,
  bootMemoryRange,
  bootModule,
  entryState,
} from '../abi/boot-information.js';
import { STARTUP_64 } from '../abi/setup-header.js';
import { Assembler, type Program } from './assembler/assembler.js';
import { label } from './assembler/operands.js';
import { writeEnter32 } from './common/enter-32.js';
import { writeEnter64 } from './common/enter-64.js';
import { writeFindRsdp } from './common/find-rsdp.js';
import { writeGdt } from './common/gdt.js';
import { type Hooks, writeDetectHypervisor, writeHooks } from './common/hypervisor.js';
import {
  MAXIMAL_MODULES,
  MAXIMAL_RANGES,
  writeAddMemoryRange,
  writeAddModule,
  writeSortMemoryMap,
} from './common/memory-map.js';
import { PAGE_TABLES_SIZE } from './common/page-tables.js';
import { type CommonStages, writeCommonStart } from './common/start.js';
import { writeEfiStages } from './efi/stages.js';
import type { EntryStub, StubId } from './entries/entry-stub.js';
import { entryStubs } from './entries/entry-stubs.js';

const STACK_SIZE = 0x10000;

export interface UniversalOptions {
  /** Physical address the image is linked for; default 1 MiB. */
  readonly base?: number;
  /** Which entries; default: all there are. */
  readonly entries?: readonly StubId[];
  /** Writes the label `payload`, to which every entry leads: 64-bit code, RDI = boot_information. */
  readonly payload: (a: Assembler) => void;
  /** Data of the payload without content in the file, zeroed at the start. */
  readonly bss?: (a: Assembler) => void;
  readonly stages?: CommonStages;
  readonly pre?: Hooks;
  readonly post?: Hooks;
  /** What follows everything else, from the label `tail` on, at the next page. */
  readonly tail?: Tail;
}

/** A foreign image that is loaded together with the program. */
export interface Tail {
  readonly content: Uint8Array;
  /** Bytes of memory it needs from its first byte on. */
  readonly memorySize: number;
}

/** A program with every entry, and what image writers must know of it. */
export interface Universal {
  readonly program: Program;
  readonly entries: readonly StubId[];
  /** What goes into a file: up to the label `file_end`. */
  readonly content: Uint8Array;
  /** Bytes in memory, from the base on. */
  readonly memorySize: number;
}

/** Default of `base`: where every loader can put an image. */
const DEFAULT_BASE = 0x100000;

/** Entry stubs, the common start and a payload, assembled. */
export function universal(options: UniversalOptions): Universal {
  const { base = DEFAULT_BASE, stages = { beforePost: [], afterPost: [] } } = options;
  const chosen = entryStubs.filter(({ id }) => options.entries?.includes(id) ?? true);
  const a = new Assembler();
  a.label('image_start');
  // A bzImage's two entries have fixed places; the headers that loaders search for follow.
  for (const { id, preStub } of chosen) {
    if (id === 'linux32') preStub(a);
  }
  a.align(16);
  for (const { header } of chosen) header?.(a);
  a.align(STARTUP_64);
  for (const id of ['linux64'] as const) chosen.find((stub) => stub.id === id)?.preStub(a);
  for (const { id, preStub } of chosen) if (id !== 'linux32' && id !== 'linux64') preStub(a);

  writeEnter32(a);
  writeEnter64(a);
  writeCommonStart(a, stages);
  if (chosen.some(({ id }) => id === 'efi')) writeEfiStages(a, stages.withBootServices);
  const converters = new Map(chosen.map(({ converter }) => [converter.part, converter.write]));
  for (const write of converters.values()) write(a);
  writeAddMemoryRange(a);
  writeAddModule(a);
  writeSortMemoryMap(a);
  writeFindRsdp(a);
  writeDetectHypervisor(a);
  writeHooks(a, options.pre, options.post);
  a.align(16);
  options.payload(a);
  writeData(a);
  if (!options.tail) a.label('file_end');
  writeBss(a, options, chosen);
  // Loaders take one stretch of the file: with a tail, what is empty before it is in the file too.
  a.align(0x1000);
  a.label('tail');
  a.alias('image_end', label('tail', options.tail?.memorySize ?? 0));
  if (options.tail) {
    a.bytes(options.tail.content);
    a.label('file_end');
  }

  const program = a.assemble(base);
  const size = (from: string, to: string): number => Number(program.address(to) - program.address(from));
  return {
    program,
    entries: chosen.map(({ id }) => id),
    content: program.bytes.subarray(0, size('image_start', 'file_end')),
    memorySize: size('image_start', 'image_end'),
  };
}

function writeData(a: Assembler): void {
  writeGdt(a);
  a.align(8);
  a.label('entry_gdt');
  a.space(16);
  a.label('boot_information');
  const values: Partial<Record<keyof typeof bootInformation.fields, number | ReturnType<typeof label>>> = {
    magic: BOOT_INFORMATION_MAGIC,
    version: BOOT_INFORMATION_VERSION,
    size: bootInformation.size,
    memory_map: label('memory_map'),
    modules: label('modules'),
    entry_state: label('entry_state'),
    image_start: label('image_start'),
    image_end: label('image_end'),
  };
  for (const [name, { type }] of Object.entries(bootInformation.fields)) {
    const value = values[name as keyof typeof bootInformation.fields] ?? 0;
    if (type === 'u64') a.u64(value);
    else a.u32(value);
  }
  a.label('entry_state');
  a.space(entryState.size);
  a.align(16);
}

function writeBss(a: Assembler, { bss }: UniversalOptions, stubs: readonly EntryStub[]): void {
  a.align(16);
  a.label('bss');
  a.label('memory_map');
  a.space(MAXIMAL_RANGES * bootMemoryRange.size);
  a.label('modules');
  a.space(MAXIMAL_MODULES * bootModule.size);
  a.align(16);
  bss?.(a);
  a.align(16);
  a.label('bss_end');
  for (const { space } of stubs) space?.(a);
  a.align(0x1000);
  a.label('page_tables');
  a.space(PAGE_TABLES_SIZE);
  a.space(STACK_SIZE);
  a.label('stack_top');
}
