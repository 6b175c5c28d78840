import { elfMachine } from '../../abi/elf.js';
import { multibootHeader } from '../../abi/multiboot.js';
import type { Multiboot1Header } from '../../image/container/multiboot.js';
import type { LoadedFile, LoaderRules, Objection } from './loading.js';
import { addressesOf, toFields } from './multiboot-fields.js';

type File = LoadedFile<Multiboot1Header>;

/** Bits 3 to 15 of the flags. */
const UNSUPPORTED = 0xfff8;
const PAGE_MASK = 0xfff;

/** kexec, which goes on to its next file type where this objects. */
export const kexecMultiboot: LoaderRules<Multiboot1Header> = {
  loader: 'kexec',
  source: 'kexec-tools kexec/arch/i386/kexec-multiboot-x86.c, multiboot_x86_probe()',
  objections: [fields, elfFile, unknownRequirement],
  entry: (file) => {
    const it = addressesOf(file);
    return it ? BigInt(it.entryAddr) : file.elf?.entry;
  },
};

/** A load_end_addr or bss_end_addr of 0 is no default here, but too small. */
function fields(file: File): Objection | undefined {
  const it = addressesOf(file);
  if (!it) return undefined;
  const { headerAddr, loadAddr, loadEndAddr, bssEndAddr, entryAddr } = it;
  const { header, layer } = file;
  const complaints: readonly (readonly [boolean, string])[] = [
    [(loadAddr & PAGE_MASK) !== 0, 'multiboot load address not 4k aligned'],
    [loadAddr > headerAddr, 'multiboot header address > load address'],
    [loadEndAddr < loadAddr, 'multiboot load end address < load address'],
    [bssEndAddr < loadEndAddr, 'multiboot bss end address < load end address'],
    [loadEndAddr - headerAddr > layer.bytes.length - header.offset, 'multiboot file truncated'],
    [entryAddr < loadAddr || entryAddr >= loadEndAddr, 'multiboot entry out of range'],
  ];
  const words = complaints.find(([holds]) => holds)?.[1];
  return words === undefined ? undefined : toFields(header, 'refuses', `"${words}"`);
}

function elfFile(file: File): Objection | undefined {
  const { header, elf } = file;
  if (addressesOf(file) || elf?.machine === elfMachine.EM_386) return undefined;
  const why = 'a header without address fields must stand in an i386 ELF file';
  return { outcome: 'refuses', why, offset: header.offset, size: 12 };
}

function unknownRequirement({ header: { flags, offset } }: File): Objection | undefined {
  if ((flags & UNSUPPORTED) === 0) return undefined;
  const why = '"it requires multiboot options that I don\'t understand"';
  return { outcome: 'refuses', why, offset: offset + multibootHeader.fields.flags.offset, size: 4 };
}
