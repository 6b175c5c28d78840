import {
  MULTIBOOT_LOADER_MAGIC,
  multibootFlags,
  multibootInfo,
  multibootInfoFlags,
  multibootMmapEntry,
  multibootModule,
} from '../../abi/multiboot.js';
import { StartError } from '../../core/errors.js';
import { putBios } from './bios.js';
import { type ElfSections, putElfSections } from './elf-sections.js';
import { cString, Layout } from './layout.js';
import { imageOfElf, imageOfFields } from './multiboot-image.js';
import { enterMultiboot, LOADER_NAME, type Module, memorySizes, putModules } from './multiboot-state.js';
import { type BootInput, refuseSubarch, type Start } from './start.js';

const { MEMORY, COMMAND_LINE, MODULES, MEMORY_MAP, LOADER_NAME: NAME } = multibootInfoFlags;
/** What is always handed over. */
const FLAGS = MEMORY | COMMAND_LINE | MODULES | MEMORY_MAP;

/** Start of day of the Multiboot entry (docs/entries/multiboot.md). */
export const startMultiboot: Start = (machine, layer, claim, input) => {
  const { multiboot: header, elf } = layer.formats;
  if (!header || claim.address === undefined || !(header.load || elf)) {
    throw new StartError('there is no Multiboot kernel to enter');
  }
  refuseSubarch(input, 'the Multiboot information');
  if ((header.flags >>> multibootFlags.VIDEO_MODE) & 1) {
    throw new StartError(
      'the header requires a video mode (flags bit 2), and the machine has no display',
      'kernels that can do without one leave the bit clear',
    );
  }
  const layout = new Layout(machine, input.variant);
  const image = header.load ? imageOfFields(layer, header.offset, header.load) : imageOfElf(layer, elf!);
  image.load(layout, 0);
  putBios(layout);
  const modules = putModules(layout, input, image.start + image.size);
  const sections = header.load ? undefined : putElfSections(layout, layer, elf!);
  const info = putInformation(layout, input, modules, sections);
  enterMultiboot(machine, MULTIBOOT_LOADER_MAGIC, info, Number(claim.address));
  return layout.places;
};

/** Puts the information structure and all that it points to into RAM; returns its address. */
function putInformation(
  layout: Layout,
  input: BootInput,
  modules: readonly Module[],
  sections: ElfSections | undefined,
): number {
  const { machine } = layout;
  const view = machine.memory.guestView;
  const info = layout.low('multiboot_info', multibootInfo.size, multibootInfo);
  const map = machine.memoryMap();
  const mmap = layout.low('memory map', map.length * multibootMmapEntry.size, multibootMmapEntry);
  for (const [i, { start, size, type }] of map.entries()) {
    multibootMmapEntry.write(view, mmap + i * multibootMmapEntry.size, {
      size: multibootMmapEntry.size - 4,
      base_addr: BigInt(start),
      length: BigInt(size),
      type,
    });
  }
  const isNamed = !layout.variant?.random('no-loader-name');
  const flags = isNamed ? FLAGS | NAME : FLAGS;
  multibootInfo.write(view, info, {
    flags,
    ...memorySizes(map),
    cmdline: layout.low('command line', cString(input.commandLine)),
    mods_count: modules.length,
    mods_addr: modules.length > 0 ? putModuleList(layout, modules) : 0,
    mmap_length: map.length * multibootMmapEntry.size,
    mmap_addr: mmap,
    boot_loader_name: isNamed ? layout.low('loader name', cString(LOADER_NAME)) : 0,
  });
  if (sections) {
    const { num, entsize, shndx, headers } = sections;
    const addr = layout.low('section headers', headers);
    multibootInfo.write(view, info, {
      flags: flags | multibootInfoFlags.ELF_SECTIONS,
      num,
      size: entsize,
      addr,
      shndx,
    });
  }
  return info;
}

function putModuleList(layout: Layout, modules: readonly Module[]): number {
  const list = layout.low('module list', modules.length * multibootModule.size, multibootModule);
  for (const [i, { start, end, string }] of modules.entries()) {
    multibootModule.write(layout.machine.memory.guestView, list + i * multibootModule.size, {
      mod_start: start,
      mod_end: end,
      string: layout.low(`string of module ${i}`, cString(string)),
    });
  }
  return list;
}
