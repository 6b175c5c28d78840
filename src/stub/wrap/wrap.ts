import { PAGE_SIZE } from '../../abi/x86/paging.js';
import { wrappedNote, ZEROPAGE_NOTE_OWNER, zeropageNote } from '../../abi/zeropage-notes.js';
import { hex, StartError } from '../../core/errors.js';
import type { Image } from '../../image/image.js';
import type { StubId } from '../entries/entry-stub.js';
import { contentOffset, elfImage, type Segment } from '../image/elf-image.js';
import { entryNotes } from '../image/entry-notes.js';
import type { Note } from '../image/notes.js';
import { type Universal, universal } from '../universal.js';
import { placeBzImage } from './bzimage.js';
import { placeElf, placeVmlinux } from './elf.js';
import type { Placement } from './placement.js';

/** The entries an ELF file can offer. */
export const wrapEntries = ['pvh', 'multiboot', 'multiboot2'] as const satisfies readonly StubId[];

const MEBIBYTE = 0x100000;

export interface Wrapped {
  readonly file: Uint8Array;
  readonly universal: Universal;
  /** Physical address of the wrapped image. */
  readonly address: number;
  /** 'linux': entered with a zero page; 'boot-information': with that in RDI. */
  readonly handover: 'linux' | 'boot-information';
}

/**
 * Gives an image the entries it lacks: an ELF file in which the entry stubs lie right below it. Throws StartError where it cannot be
 * loaded like that.
 */
export function wrap(image: Image, isLinux: boolean, entries: readonly StubId[] = wrapEntries): Wrapped {
  const { bzimage, elf } = image.formats;
  if (!bzimage && !elf) throw new StartError('only a bzImage or an ELF file can be wrapped');
  const placement = bzimage
    ? placeBzImage(image, bzimage)
    : isLinux
      ? placeVmlinux(image, elf!)
      : placeElf(image, elf!);
  if (placement.address % PAGE_SIZE !== 0) {
    throw new StartError(`the image begins at ${hex(placement.address)}, which is not the start of a page`);
  }
  const program = below(placement, entries);
  const { file: inside } = placement;
  const kept =
    elf?.notes.filter(outlives).map(({ owner, type, desc }) => ({ owner, type, content: desc })) ?? [];
  const notes: Note[] = [...entryNotes(program), ...kept];
  const tail = Number(program.program.address('tail') - program.program.base);
  const segments = segmentsOf(program, placement, tail);
  if (inside) {
    const content = new Uint8Array(wrappedNote.size);
    const note = { owner: ZEROPAGE_NOTE_OWNER, type: zeropageNote.wrapped, content };
    notes.push(note);
    wrappedNote.write(new DataView(content.buffer), 0, {
      offset: BigInt(contentOffset(segments.length, notes) + tail + inside.offset),
      length: BigInt(inside.length),
    });
  }
  const file = elfImage({
    address: program.program.base,
    content: program.content,
    segments,
    notes,
    entry: placement.entry ?? program.program.address(`entry_${entries[0]!}`),
  });
  return {
    file,
    universal: program,
    address: placement.address,
    handover: bzimage || isLinux ? 'linux' : 'boot-information',
  };
}

/** All in one piece; an image with segments of its own keeps them, so that its virtual addresses can be read from the file. */
function segmentsOf({ content, memorySize }: Universal, { segments }: Placement, tail: number): Segment[] {
  if (!segments) return [{ offset: 0, size: content.length, memorySize }];
  return [
    { offset: 0, size: tail, memorySize: tail },
    ...segments.map((segment) => ({ ...segment, offset: tail + segment.offset })),
  ];
}

/** XEN_ELFNOTE_GUEST_OS (xen/include/public/elfnote.h). */
const XEN_GUEST_OS = 6;

/** Notes that say what the image is and wants, not how it is entered. */
const outlives = ({ owner, type }: Pick<Note, 'owner' | 'type'>): boolean =>
  (owner === ZEROPAGE_NOTE_OWNER && type === zeropageNote.goal) ||
  owner === 'Linux' ||
  owner === 'GNU' ||
  (owner === 'Xen' && type === XEN_GUEST_OS);

/** The stubs as high as they fit below the image. Their size hardly depends on where they are, so that two tries are enough. */
function below(placement: Placement, entries: readonly StubId[]): Universal {
  const { address, content, memorySize, enter, bss } = placement;
  const at = (base: number): Universal =>
    universal({ base, entries, payload: enter, bss, tail: { content, memorySize } });
  const tailOf = ({ program }: Universal): number => Number(program.address('tail') - program.base);
  let size = tailOf(at(MEBIBYTE));
  for (let round = 0; round < 4; round++) {
    const base = address - size;
    if (base < MEBIBYTE) {
      throw new StartError(
        `the image begins at ${hex(address)}, and the ${size >> 10} KiB of entry stubs below it would reach under 1 MiB`,
        `link it at ${hex(MEBIBYTE + size)} or above`,
      );
    }
    const made = at(base);
    if (tailOf(made) === size) return made;
    size = tailOf(made);
  }
  throw new Error('the size of the entry stubs does not settle');
}
