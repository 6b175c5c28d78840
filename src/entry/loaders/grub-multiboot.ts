import { MULTIBOOT_SEARCH, multibootFlags, multibootHeader } from '../../abi/multiboot.js';
import { hex } from '../../core/errors.js';
import type { Multiboot1Header } from '../../image/container/multiboot.js';
import { grubElf, grubEntry } from './grub-elf.js';
import type { LoadedFile, LoaderRules, Objection } from './loading.js';
import { addressesOf, toFields } from './multiboot-fields.js';

type File = LoadedFile<Multiboot1Header>;

/** Bits 0–15 are requirements; 0.6.96 defines three of them. */
const KNOWN_REQUIREMENTS = 0x7;

/** GRUB's command `multiboot`. */
export const grubMultiboot: LoaderRules<Multiboot1Header> = {
  loader: 'GRUB 2',
  source: 'GRUB 2.06 grub-core/loader/i386/multiboot_mbi.c, multiboot_elfxx.c; grub-core/lib/relocator.c',
  objections: [
    unknownRequirement,
    fields,
    (file) => (addressesOf(file) ? undefined : grubElf(file, { version: 1, relocatable: false })),
    videoMode,
  ],
  entry: (file) => {
    const fields = addressesOf(file);
    return fields ? BigInt(fields.entryAddr) : file.elf && grubEntry(file.elf);
  },
};

function unknownRequirement({ header: { flags, offset } }: File): Objection | undefined {
  const unknown = flags & 0xffff & ~KNOWN_REQUIREMENTS;
  if (unknown === 0) return undefined;
  const why = `"unsupported flag: ${hex(flags)}" (the specification does not have ${hex(unknown)})`;
  return { outcome: 'refuses', why, offset: offset + multibootHeader.fields.flags.offset, size: 4 };
}

function fields(file: File): Objection | undefined {
  const it = addressesOf(file);
  if (!it) return undefined;
  const { header } = file;
  const { headerAddr, loadAddr, loadEndAddr, bssEndAddr } = it;
  if (header.offset + multibootHeader.fields.mode_type.offset > MULTIBOOT_SEARCH) {
    return toFields(header, 'fails', `reads address fields behind the ${MULTIBOOT_SEARCH} bytes that it has`);
  }
  const fileSize = file.layer.bytes.length;
  const start = header.offset - (headerAddr - loadAddr);
  if (start < 0 || start > fileSize)
    return toFields(header, 'refuses', '"attempt to seek outside of the file"');
  if (loadEndAddr !== 0 && loadEndAddr < loadAddr)
    return toFields(header, 'refuses', '"address is out of range"');
  const size = loadEndAddr === 0 ? fileSize - start : loadEndAddr - loadAddr;
  if (bssEndAddr !== 0 && bssEndAddr < loadAddr + size) {
    const why = `clears a negative number of bytes (bss_end_addr ${hex(bssEndAddr)} lies before the end of the data, ${hex(loadAddr + size)}) and overwrites itself`;
    return toFields(header, 'fails', why);
  }
  if (start + size > fileSize) {
    return toFields(
      header,
      'fails',
      `without a word loads no more than the ${hex(fileSize - start)} bytes there are of ${hex(size)}`,
    );
  }
  return undefined;
}

/** The video mode is looked at last. */
function videoMode({ header }: File): Objection | undefined {
  if (((header.flags >>> multibootFlags.VIDEO_MODE) & 1) === 0) return undefined;
  const mode = header.video?.mode ?? 0;
  if (mode <= 1) return undefined;
  const { offset } = multibootHeader.fields.mode_type;
  const why = `"unsupported graphical mode type ${mode}"`;
  return { outcome: 'refuses', why, offset: header.offset + offset, size: 4 };
}
