import { createHash } from 'node:crypto';
import {
  multibootInfo,
  multibootInfoFlags,
  multibootMmapEntry,
  multibootModule,
} from '../../../src/abi/multiboot.js';
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
} from '../../../src/abi/multiboot2.js';
import { Bytes } from '../../../src/core/bytes.js';
import { type Kernel, LINKED } from './kernels.js';

/** What a kernel can read where EBX points, in a form that does not depend on where a loader puts things. */
export interface Information {
  readonly commandLine: string | null;
  readonly loader: string | null;
  readonly modules: readonly {
    readonly size: number;
    readonly sha256: string;
    readonly aligned: boolean;
    readonly string: string;
  }[];
  /** mem_lower and mem_upper. */
  readonly memory: readonly [number, number] | null;
  /** [base, length, type] of each entry. */
  readonly map: readonly (readonly [number, number, number])[];
  /** Bytes of a map entry, as stated. */
  readonly mapEntry: number;
  readonly sections: {
    readonly num: number;
    readonly entsize: number;
    readonly shndx: number;
    /** sh_addr where it is below the kernel's virtual addresses: what the loader put there. */
    readonly loaded: readonly string[];
  } | null;
  /** What else there is: bits of flags, or tag types, by name. */
  readonly others: readonly string[];
  /** Where the image was loaded, as far as that is told. */
  readonly loadBase: number | null;
  /** SHA-256 of the kernel's memory. */
  readonly kernel: string;
}

/** Reads the information at `address` that a kernel was given. */
export function readInformation(memory: Uint8Array, kernel: Kernel, address: number): Information {
  const information = kernel.version === 1 ? readFirst(memory, address) : readSecond(memory, address);
  const base = information.loadBase ?? LINKED;
  return { ...information, kernel: sha256(memory.subarray(base, base + kernel.size)) };
}

function readFirst(memory: Uint8Array, address: number): Omit<Information, 'kernel'> {
  const bytes = new Bytes(memory, 'memory');
  const info = multibootInfo.read(bytes, address);
  const has = (bit: number): boolean => (info.flags & bit) !== 0;
  const flags = multibootInfoFlags;
  const handled = [
    ...[flags.MEMORY, flags.COMMAND_LINE, flags.MODULES, flags.ELF_SECTIONS],
    ...[flags.MEMORY_MAP, flags.LOADER_NAME],
  ] as number[];
  const map: [number, number, number][] = [];
  let mapEntry = 0;
  if (has(flags.MEMORY_MAP)) {
    for (let at = info.mmap_addr; at < info.mmap_addr + info.mmap_length; at += mapEntry + 4) {
      const { size, base_addr, length, type } = multibootMmapEntry.read(bytes, at);
      map.push([Number(base_addr), Number(length), type]);
      mapEntry = size;
    }
  }
  const modules = Array.from({ length: has(flags.MODULES) ? info.mods_count : 0 }, (_, i) =>
    multibootModule.read(bytes, info.mods_addr + i * multibootModule.size),
  );
  return {
    commandLine: has(flags.COMMAND_LINE) ? stringAt(memory, info.cmdline) : null,
    loader: has(flags.LOADER_NAME) ? stringAt(memory, info.boot_loader_name) : null,
    modules: modules.map(({ mod_start, mod_end, string }) =>
      module(memory, mod_start, mod_end, stringAt(memory, string)),
    ),
    memory: has(flags.MEMORY) ? [info.mem_lower, info.mem_upper] : null,
    map,
    mapEntry,
    sections: has(flags.ELF_SECTIONS) ? sections(memory, info.num, info.size, info.shndx, info.addr) : null,
    others: Object.entries(flags)
      .filter(([, bit]) => has(bit) && !handled.includes(bit))
      .map(([name]) => name),
    loadBase: null,
  };
}

function readSecond(memory: Uint8Array, address: number): Omit<Information, 'kernel'> {
  const bytes = new Bytes(memory, 'memory');
  const { total_size } = multiboot2Info.read(bytes, address);
  const modules: Information['modules'][number][] = [];
  const others: string[] = [];
  const map: [number, number, number][] = [];
  let commandLine: string | null = null;
  let loader: string | null = null;
  let memorySizes: [number, number] | null = null;
  let mapEntry = 0;
  let elf: Information['sections'] = null;
  let loadBase: number | null = null;
  let at = address + multiboot2Info.size;
  const end = address + total_size;
  while (at < end) {
    const { type, size } = multiboot2InfoTag.read(bytes, at);
    const known = multiboot2InfoType;
    if (type === known['command line']) commandLine = stringAt(memory, at + 8);
    else if (type === known['boot loader name']) loader = stringAt(memory, at + 8);
    else if (type === known.module) {
      const { mod_start, mod_end } = multiboot2ModuleTag.read(bytes, at);
      modules.push(module(memory, mod_start, mod_end, stringAt(memory, at + multiboot2ModuleTag.size)));
    } else if (type === known['basic memory information']) {
      const { mem_lower, mem_upper } = multiboot2MemoryTag.read(bytes, at);
      memorySizes = [mem_lower, mem_upper];
    } else if (type === known['memory map']) {
      mapEntry = multiboot2MmapTag.read(bytes, at).entry_size;
      for (let entry = at + multiboot2MmapTag.size; entry < at + size; entry += mapEntry) {
        const { base_addr, length, type } = multiboot2MmapEntry.read(bytes, entry);
        map.push([Number(base_addr), Number(length), type]);
      }
    } else if (type === known['ELF sections']) {
      const { num, entsize, shndx } = multiboot2ElfTag.read(bytes, at);
      elf = sections(memory, num, entsize, shndx, at + multiboot2ElfTag.size);
    } else if (type === known['load base address']) {
      loadBase = multiboot2LoadBaseTag.read(bytes, at).load_base_addr;
    } else {
      others.push(Object.entries(known).find(([, value]) => value === type)?.[0] ?? `tag ${type}`);
      if (type === known.end) break;
    }
    at += Math.ceil(size / 8) * 8;
  }
  return {
    commandLine,
    loader,
    modules,
    memory: memorySizes,
    map,
    mapEntry,
    sections: elf,
    others,
    loadBase,
  };
}

function module(memory: Uint8Array, start: number, end: number, string: string) {
  return {
    size: end - start,
    sha256: sha256(memory.subarray(start, end)),
    aligned: start % 0x1000 === 0,
    string,
  };
}

function sections(
  memory: Uint8Array,
  num: number,
  entsize: number,
  shndx: number,
  at: number,
): NonNullable<Information['sections']> {
  const bytes = new Bytes(memory, 'memory');
  // Elf32_Shdr: sh_addr at 12, sh_size at 20.
  const headers = Array.from({ length: num }, (_, i) => at + i * entsize);
  const loaded = headers
    .map((header) => ({ start: bytes.u32(header + 12), size: bytes.u32(header + 20) }))
    .filter(({ start, size }) => start > 0 && start + size <= memory.length)
    .map(({ start, size }) => Buffer.from(memory.subarray(start, start + size)).toString('latin1'));
  return { num, entsize, shndx, loaded };
}

function stringAt(memory: Uint8Array, at: number): string {
  return Buffer.from(memory.subarray(at, memory.indexOf(0, at))).toString('latin1');
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex').slice(0, 16);
}
