import { elfMachine } from '../../abi/elf.js';
import { MULTIBOOT_SEARCH, multibootHeader } from '../../abi/multiboot.js';
import { SETUP_MAGIC, setupHeader } from '../../abi/setup-header.js';
import { hex } from '../../core/errors.js';
import type { Elf, ElfSegment } from '../../image/container/elf.js';
import type { Multiboot1Header } from '../../image/container/multiboot.js';
import { endOf, loads, named, toField, toSegment } from './elf-memory.js';
import type { LoadedFile, LoaderRules, Objection } from './loading.js';
import { addressesOf, toFields } from './multiboot-fields.js';

type File = LoadedFile<Multiboot1Header>;

const PF_X = 1;
/** Where the last header may stand that QEMU finds: it wants room for all fields a header can have. */
export const LAST_HEADER = MULTIBOOT_SEARCH - multibootHeader.size - 4;
/** Where its option ROM runs, which copies the kernel into place: behind that of the display. */
const ROMS = { start: 0xc9000n, end: 0xd0000n };

/** QEMU's `-kernel` on x86 PCs. It has no Multiboot2. */
export const qemuMultiboot: LoaderRules<Multiboot1Header> = {
  loader: 'QEMU',
  source:
    'QEMU 7.2 hw/i386/x86.c, x86_load_linux(); hw/i386/multiboot.c, load_multiboot(); include/hw/elf_ops.h',
  objections: [
    linuxFirst,
    headerTooFar,
    anX86_64Image,
    notAnElf,
    bytesOutsideFile,
    fields,
    overlappingData,
    behindTheLastByte,
    overItsRoms,
    entryNotMoved,
    entryNowhere,
  ],
  entry: (file) => {
    const fields = addressesOf(file);
    return fields ? BigInt(fields.entryAddr) : file.elf && entryOf(file.elf);
  },
};

function linuxFirst({ layer: { bytes } }: File): Objection | undefined {
  const { offset } = setupHeader.fields.header;
  if (!bytes.has(offset, 4) || bytes.u32(offset) !== SETUP_MAGIC) return undefined;
  return {
    outcome: 'fails',
    why: `for a Linux kernel, since "HdrS" stands at ${hex(offset)}, where it looks first`,
    offset,
    size: 4,
  };
}

function headerTooFar({ header: { offset } }: File): Objection | undefined {
  if (offset <= LAST_HEADER) return undefined;
  return {
    outcome: 'refuses',
    why: `the header stands at ${hex(offset)}, and it looks up to ${hex(LAST_HEADER)} only, so that all 48 bytes find room in the first ${MULTIBOOT_SEARCH}`,
    offset,
    size: 12,
  };
}

function anX86_64Image(file: File): Objection | undefined {
  const { elf } = file;
  if (addressesOf(file) || elf?.machine !== elfMachine.EM_X86_64) return undefined;
  return toField(elf, 'e_machine', 2, 'refuses', '"Cannot load x86-64 image, give a 32bit one"');
}

function notAnElf(file: File): Objection | undefined {
  const { elf, header } = file;
  if (addressesOf(file)) return undefined;
  const words = '"Error while loading elf kernel"';
  if (!elf) return { outcome: 'refuses', why: words, offset: header.offset + 4, size: 4 };
  if (elf.machine === elfMachine.EM_386 && elf.littleEndian) return undefined;
  return toField(elf, 'e_machine', 2, 'refuses', words);
}

function bytesOutsideFile(file: File): Objection | undefined {
  if (addressesOf(file)) return undefined;
  const bad = loads(file.elf!).find(
    ({ fileSize, offset, memSize }) =>
      BigInt(fileSize) > memSize || (fileSize > 0 && offset + fileSize > file.layer.bytes.length),
  );
  return bad && toSegment(file.elf!, bad, 'refuses', '"Error while loading elf kernel"');
}

/** The checks of load_multiboot(), in its order. */
function fields(file: File): Objection | undefined {
  const it = addressesOf(file);
  if (!it) return undefined;
  const refuse = (words: string): Objection => toFields(file.header, 'refuses', `"${words}"`);
  const { headerAddr, loadAddr, loadEndAddr, bssEndAddr } = it;
  const fileSize = file.layer.bytes.length;
  if (headerAddr < loadAddr) return refuse('invalid load_addr address');
  if (headerAddr - loadAddr > file.header.offset) return refuse('invalid header_addr address');
  const start = file.header.offset - (headerAddr - loadAddr);
  if (loadEndAddr !== 0 && loadEndAddr < loadAddr) return refuse('invalid load_end_addr address');
  const size = loadEndAddr === 0 ? fileSize - start : loadEndAddr - loadAddr;
  if (bssEndAddr !== 0 && bssEndAddr < loadAddr + size) return refuse('invalid bss_end_addr address');
  return start + size > fileSize ? refuse('fread() failed') : undefined;
}

/** What QEMU loads of a segment: without its zeros when they reach into another. */
function loadedSize(elf: Elf, segment: ElfSegment): bigint {
  const zeros = segment.paddr + BigInt(segment.fileSize);
  const cut = loads(elf).some(
    (other) => other !== segment && other.paddr < endOf(segment) && zeros < endOf(other),
  );
  return cut && segment.memSize > BigInt(segment.fileSize) ? BigInt(segment.fileSize) : segment.memSize;
}

interface Block {
  readonly segment: ElfSegment;
  readonly start: bigint;
  readonly end: bigint;
}

function blocks(elf: Elf): Block[] {
  return loads(elf).map((segment) => ({
    segment,
    start: segment.paddr,
    end: segment.paddr + loadedSize(elf, segment),
  }));
}

function overlappingData(file: File): Objection | undefined {
  if (addressesOf(file)) return undefined;
  const roms = blocks(file.elf!).filter(({ start, end }) => end > start);
  for (const one of roms) {
    const other = roms.find(
      ({ start, end, segment }) => segment.index < one.segment.index && start < one.end && one.start < end,
    );
    if (!other) continue;
    const why = `"Some ROM regions are overlapping" (${named(one.segment)} and ${named(other.segment)})`;
    return toSegment(file.elf!, one.segment, 'refuses', why);
  }
  return undefined;
}

/** An address above all that is loaded makes the piece larger than what there is to copy. */
function behindTheLastByte(file: File): Objection | undefined {
  if (addressesOf(file)) return undefined;
  const all = blocks(file.elf!);
  const last = all.reduce((most, { start, end }) => (end > start && end > most ? end : most), 0n);
  const above = all.find(({ end }) => end > last);
  if (!above) return undefined;
  const why = `"Error while fetching elf kernel from rom" (nothing is loaded for ${named(above.segment)})`;
  return toSegment(file.elf!, above.segment, 'refuses', why);
}

function overItsRoms(file: File): Objection | undefined {
  if (addressesOf(file)) return undefined;
  const all = blocks(file.elf!);
  const [first] = all.toSorted((a, b) => (a.start < b.start ? -1 : 1));
  const [last] = all.toSorted((a, b) => (a.end > b.end ? -1 : 1));
  if (!first || !last || first.start >= ROMS.end || last.end <= ROMS.start) return undefined;
  const why = `copies one block from ${hex(first.start)} to ${hex(last.end)} and with it overwrites 0xa0000–0xfffff, where its own ROM runs`;
  return toSegment(file.elf!, first.segment, 'fails', why);
}

/** QEMU moves a virtual entry only as far as executable bytes of the file go. */
function entryOf(elf: Elf): bigint {
  const text = loads(elf).findLast(
    ({ vaddr, paddr, fileSize, flags }) =>
      vaddr !== paddr && elf.entry >= vaddr && elf.entry < vaddr + BigInt(fileSize) && (flags & PF_X) !== 0,
  );
  return text ? elf.entry - text.vaddr + text.paddr : elf.entry;
}

function holds(elf: Elf, by: 'paddr' | 'vaddr', address: bigint): boolean {
  return loads(elf).some((segment) => address >= segment[by] && address < segment[by] + segment.memSize);
}

function entryNotMoved(file: File): Objection | undefined {
  const { elf } = file;
  if (addressesOf(file) || !elf || holds(elf, 'paddr', entryOf(elf)) || !holds(elf, 'vaddr', elf.entry)) {
    return undefined;
  }
  const why = `jumps to the virtual e_entry ${hex(elf.entry)}: it moves the entry to its physical address only in a segment with PF_X and bytes in the file`;
  return toField(elf, 'e_entry', elf.class / 8, 'fails', why);
}

function entryNowhere(file: File): Objection | undefined {
  const { elf } = file;
  if (addressesOf(file) || !elf || holds(elf, 'paddr', entryOf(elf))) return undefined;
  const why = `jumps to ${hex(elf.entry)}, where no segment is loaded`;
  return toField(elf, 'e_entry', elf.class / 8, 'fails', why);
}
