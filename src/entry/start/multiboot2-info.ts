import type { MemoryRange } from '../../abi/memory-map.js';
import {
  multiboot2ElfTag,
  multiboot2Info,
  multiboot2InfoTag,
  multiboot2InfoType,
  multiboot2LoadBaseTag,
  multiboot2MemoryTag,
  multiboot2MmapEntry,
  multiboot2MmapTag,
  multiboot2ModuleTag,
} from '../../abi/multiboot2.js';
import type { Struct } from '../../core/struct.js';
import type { ElfSections } from './elf-sections.js';
import { cString, type Layout } from './layout.js';
import { LOADER_NAME, type Module, memorySizes } from './multiboot-state.js';
import type { Place } from './start.js';

/** What is told beside what the machine is. */
export interface Multiboot2Content {
  readonly commandLine: string;
  readonly modules: readonly Module[];
  readonly sections?: ElfSections;
  /** Of an image that can be moved: where it lies. */
  readonly loadBase?: number;
  /** False: the loader does not say its name. */
  readonly named: boolean;
}

/** A tag: a structure and what follows it, which can be structures, too. */
interface Tag {
  readonly name: keyof typeof multiboot2InfoType;
  readonly struct: Struct;
  /** Fields of the structure but type and size. */
  readonly values?: Readonly<Record<string, number>>;
  readonly rest?: Uint8Array;
  readonly restStruct?: Struct;
}

const NAME = 'multiboot2_info';
/** ACPI 1.0's RSDP: all that its checksum covers. */
const OLD_RSDP = 20;
const NEW_RSDP = 36;

/**
 * Puts the boot information into RAM. `places` are those of the layout, with each tag a place of its own, so that they can be
 * shown.
 */
export function putMultiboot2Info(
  layout: Layout,
  content: Multiboot2Content,
): { address: number; places: Place[] } {
  const { memory } = layout.machine;
  const parts = tagsOf(layout, content).map(partOf);
  const size = multiboot2Info.size + parts.reduce((sum, { bytes }) => sum + align(bytes.length), 0);
  const address = layout.low(NAME, size);
  multiboot2Info.write(memory.guestView, address, { total_size: size, reserved: 0 });
  const places: Place[] = [{ name: NAME, start: address, size: multiboot2Info.size, struct: multiboot2Info }];
  let at = address + multiboot2Info.size;
  for (const { tag, bytes } of parts) {
    memory.ram(at, bytes.length).set(bytes);
    places.push(...placesOf(tag, at, bytes.length));
    at += align(bytes.length);
  }
  return { address, places: layout.places.flatMap((place) => (place.name === NAME ? places : [place])) };
}

function tagsOf(
  layout: Layout,
  { commandLine, modules, sections, loadBase, named }: Multiboot2Content,
): Tag[] {
  const { machine } = layout;
  const map = machine.memoryMap();
  const { rsdp } = machine.chipset.acpi;
  const plain = multiboot2InfoTag;
  return [
    { name: 'command line', struct: plain, rest: cString(commandLine) },
    ...(named ? [{ name: 'boot loader name', struct: plain, rest: cString(LOADER_NAME) } as const] : []),
    ...(loadBase === undefined
      ? []
      : [
          {
            name: 'load base address',
            struct: multiboot2LoadBaseTag,
            values: { load_base_addr: loadBase },
          } as const,
        ]),
    ...modules.map(
      ({ start, end, string }) =>
        ({
          name: 'module',
          struct: multiboot2ModuleTag,
          values: { mod_start: start, mod_end: end },
          rest: cString(string),
        }) as const,
    ),
    { name: 'basic memory information', struct: multiboot2MemoryTag, values: memorySizes(map) },
    {
      name: 'memory map',
      struct: multiboot2MmapTag,
      values: { entry_size: multiboot2MmapEntry.size, entry_version: 0 },
      rest: mapEntries(map),
      restStruct: multiboot2MmapEntry,
    },
    ...(sections
      ? [
          {
            name: 'ELF sections',
            struct: multiboot2ElfTag,
            values: { num: sections.num, entsize: sections.entsize, shndx: sections.shndx },
            rest: sections.headers,
          } as const,
        ]
      : []),
    { name: 'ACPI old RSDP', struct: plain, rest: machine.memory.ram(rsdp, OLD_RSDP) },
    { name: 'ACPI new RSDP', struct: plain, rest: machine.memory.ram(rsdp, NEW_RSDP) },
    { name: 'end', struct: plain },
  ];
}

function mapEntries(map: readonly MemoryRange[]): Uint8Array {
  const bytes = new Uint8Array(map.length * multiboot2MmapEntry.size);
  for (const [i, { start, size, type }] of map.entries()) {
    multiboot2MmapEntry.write(new DataView(bytes.buffer), i * multiboot2MmapEntry.size, {
      base_addr: BigInt(start),
      length: BigInt(size),
      type,
    });
  }
  return bytes;
}

function partOf(tag: Tag): { tag: Tag; bytes: Uint8Array } {
  const { name, struct, values = {}, rest = new Uint8Array(0) } = tag;
  const bytes = new Uint8Array(struct.size + rest.length);
  const size = bytes.length;
  struct.write(new DataView(bytes.buffer), 0, { type: multiboot2InfoType[name], size, ...values });
  bytes.set(rest, struct.size);
  return { tag, bytes };
}

/** The structure and what follows it apart, so that neither is taken for more of the other. */
function placesOf({ name, struct, restStruct }: Tag, start: number, size: number): Place[] {
  const title = `tag ${multiboot2InfoType[name]}, ${name}`;
  const head: Place = { name: title, start, size: struct.size, struct };
  if (size === struct.size) return [head];
  const rest = { start: start + struct.size, size: size - struct.size, struct: restStruct };
  return [head, { name: `${title}: content`, ...rest }];
}

function align(size: number): number {
  return Math.ceil(size / 8) * 8;
}
