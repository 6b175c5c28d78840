import { elfMachine } from '../../abi/elf.js';
import { BOOT_FLAG, SETUP_MAGIC, setupHeader } from '../../abi/setup-header.js';
import { hex, StartError } from '../../core/errors.js';
import type { Elf } from '../../image/container/elf.js';
import type { Image } from '../../image/image.js';
import * as o from '../assembler/operands.js';
import { imm, label } from '../assembler/operands.js';
import type { Placement } from './placement.js';
import { writeEnterLinux, writeZeroPageSpace } from './zero-page.js';

/** A segment table that spreads over more than this is not one stretch of memory any more. */
const MAXIMAL_SPAN = 0x40000000;

/** An ELF file's segments at their physical addresses, in one stretch. */
function spread(
  image: Image,
  elf: Elf,
): Pick<Placement, 'address' | 'content' | 'memorySize' | 'segments'> & { physicalEntry: number } {
  if (elf.class !== 64 || elf.machine !== elfMachine.EM_X86_64) {
    throw new StartError(`the ELF file is for machine ${elf.machine}, class ${elf.class}, not 64-bit x86-64`);
  }
  const segments = elf.segments.filter(({ typeName, memSize }) => typeName === 'PT_LOAD' && memSize > 0n);
  if (segments.length === 0) throw new StartError('the ELF file has no segment to load');
  const start = segments.reduce((least, { paddr }) => (paddr < least ? paddr : least), segments[0]!.paddr);
  const end = segments.reduce((most, { paddr, memSize }) => {
    const behind = paddr + memSize;
    return behind > most ? behind : most;
  }, 0n);
  if (end > 0xffffffffn) {
    throw new StartError(
      `the ELF file wants memory up to ${hex(end)}, above the 4 GiB that are mapped at the entry`,
      'link it with physical addresses below 4 GiB (AT() in a linker script)',
    );
  }
  if (end - start > MAXIMAL_SPAN) {
    throw new StartError(`the segments spread from ${hex(start)} to ${hex(end)}, over more than 1 GiB`);
  }
  const sorted = [...segments].sort((x, y) => (x.paddr < y.paddr ? -1 : 1));
  for (const [index, { paddr, memSize, index: number }] of sorted.entries()) {
    const next = sorted[index + 1];
    if (next && paddr + memSize > next.paddr) {
      throw new StartError(
        `segments ${number} and ${next.index} overlap at ${hex(next.paddr)}`,
        'give each segment physical addresses of its own',
      );
    }
  }
  const behindFile = sorted.reduce((most, { paddr, fileSize }) => {
    const behind = Number(paddr - start) + fileSize;
    return fileSize > 0 && behind > most ? behind : most;
  }, 0);
  const content = new Uint8Array(behindFile);
  for (const { paddr, offset, fileSize } of sorted) {
    content.set(image.bytes.slice(offset, fileSize), Number(paddr - start));
  }
  const entrySegment = segments.find(
    ({ vaddr, memSize }) => elf.entry >= vaddr && elf.entry < vaddr + memSize,
  );
  const physical = segments.find(({ paddr, memSize }) => elf.entry >= paddr && elf.entry < paddr + memSize);
  const entry = entrySegment ? elf.entry - entrySegment.vaddr + entrySegment.paddr : physical && elf.entry;
  if (entry === undefined) throw new StartError(`no segment holds the entry point ${hex(elf.entry)}`);
  return {
    address: Number(start),
    content,
    memorySize: Number(end - start),
    segments: sorted.map(({ paddr, vaddr, fileSize, memSize }) => ({
      offset: Number(paddr - start),
      size: fileSize,
      memorySize: Number(memSize),
      virtual: vaddr,
    })),
    physicalEntry: Number(entry),
  };
}

/** Any 64-bit ELF file whose entry takes boot information in RDI. */
export function placeElf(image: Image, elf: Elf): Placement {
  const { physicalEntry: entry, ...place } = spread(image, elf);
  return {
    ...place,
    enter: (a) =>
      a.part('payload', () => {
        a.code.mov(o.EAX, imm(entry));
        a.code.jmp(o.RAX);
      }),
  };
}

/** A Linux kernel as ELF file, which takes a zero page in RSI and brings no setup header. */
export function placeVmlinux(image: Image, elf: Elf): Placement {
  const { physicalEntry: entry, ...place } = spread(image, elf);
  const size = setupHeader.size - setupHeader.fields.setup_sects.offset;
  return {
    ...place,
    // Entered there, it still takes a zero page.
    entry: elf.entry,
    enter: (a) => {
      const source = { header: label('made_up_header'), headerSize: size, address: place.address };
      writeEnterLinux(a, source, entry);
      const header = new Uint8Array(setupHeader.size);
      setupHeader.write(new DataView(header.buffer), 0, { boot_flag: BOOT_FLAG, header: SETUP_MAGIC });
      a.label('made_up_header');
      a.bytes(header.subarray(setupHeader.fields.setup_sects.offset));
    },
    bss: writeZeroPageSpace,
  };
}
