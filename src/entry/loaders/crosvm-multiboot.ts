import { multibootHeader } from '../../abi/multiboot.js';
import { hex } from '../../core/errors.js';
import type { Multiboot1Header } from '../../image/container/multiboot.js';
import type { LoadedFile, LoaderRules, Objection } from './loading.js';
import { addressesOf, toFields } from './multiboot-fields.js';

type File = LoadedFile<Multiboot1Header>;

/** Bits 0 to 2 and 16; it takes all others for requirements, as the specification does only up to bit 15. */
const KNOWN_FLAGS = 0x10007;

/** crosvm, which loads by the address fields alone. */
export const crosvmMultiboot: LoaderRules<Multiboot1Header> = {
  loader: 'crosvm',
  source: 'crosvm kernel_loader/src/multiboot.rs, multiboot_header() and load_multiboot()',
  objections: [unknownFlag, fields],
  entry: (file) => {
    const it = addressesOf(file);
    return it && BigInt(it.entryAddr);
  },
};

function unknownFlag({ header: { flags, offset } }: File): Objection | undefined {
  const unknown = (flags & ~KNOWN_FLAGS) >>> 0;
  if (unknown === 0) return undefined;
  const why = `"invalid flags": it does not know ${hex(unknown)}`;
  return { outcome: 'refuses', why, offset: offset + multibootHeader.fields.flags.offset, size: 4 };
}

function fields(file: File): Objection | undefined {
  const it = addressesOf(file);
  if (!it) return undefined;
  const { headerAddr, loadAddr, loadEndAddr, bssEndAddr, entryAddr } = it;
  const { header } = file;
  const invalid = (why: string): Objection => toFields(header, 'refuses', `"invalid kernel offset": ${why}`);
  const start = header.offset - (headerAddr - loadAddr);
  if (headerAddr < loadAddr) return invalid('header_addr lies before load_addr');
  if (start < 0) return invalid('load_addr lies before the beginning of the file');
  if (loadEndAddr !== 0 && loadEndAddr < loadAddr) return invalid('load_end_addr lies before load_addr');
  const fileSize = file.layer.bytes.length;
  const end = loadEndAddr === 0 ? loadAddr + fileSize - start : loadEndAddr;
  if (bssEndAddr !== 0 && bssEndAddr < end) return invalid('bss_end_addr lies before the end of the data');
  if (entryAddr < loadAddr || entryAddr >= end) return invalid('entry_addr is not in what is loaded');
  return start + (end - loadAddr) > fileSize
    ? toFields(
        header,
        'refuses',
        '"unable to read kernel image": load_end_addr lies behind the end of the file',
      )
    : undefined;
}
