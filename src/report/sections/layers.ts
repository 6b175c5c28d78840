import { hex } from '../../core/errors.js';
import type { Formats, Image, Wrapping } from '../../image/image.js';
import type { LayerName, LayerReport } from '../inspection.js';

/** A layer and the name it goes by: the file itself, or what is packed inside. */
export interface NamedLayer {
  readonly name: LayerName;
  readonly image: Image;
}

/** The layers of an image, outermost first. */
export function namedLayers(image: Image): NamedLayer[] {
  const all: NamedLayer[] = [{ name: 'image', image }];
  for (let at = image.inner?.image; at; at = at.inner?.image) all.push({ name: 'payload', image: at });
  return all;
}

/** What each layer is and where it stands; a payload that was not unpacked is listed without a format. */
export function layerReports(image: Image, unpack: boolean): LayerReport[] {
  const reports: LayerReport[] = [];
  let packed: LayerReport['packed'] = null;
  let problem: string | null = null;
  for (let at: Image | undefined = image; at; at = at.inner?.image) {
    reports.push({
      layer: at === image ? 'image' : 'payload',
      formats:
        at.inner && isPlainWrapper(at.inner.how) ? [`${at.inner.codec} file`] : formatNames(at.formats),
      size: at.bytes.length,
      packed,
      problem: [problem, ...at.problems.map(({ message }) => message)].filter(Boolean).join('; ') || null,
    });
    if (!at.inner) break;
    const { how, codec, offset, length } = at.inner;
    packed = { how, codec, offset, length };
    problem = at.inner.problem ?? null;
    if (at.inner.image) continue;
    reports.push({
      layer: 'payload',
      formats: [],
      // What could not be unpacked may lie about its size too.
      size: problem ? 0 : (at.inner.statedSize ?? 0),
      packed,
      problem: problem ?? (unpack ? 'not unpacked' : null),
    });
  }
  return reports;
}

/** True for a compressed file, which is nothing but that. */
function isPlainWrapper(how: Wrapping): boolean {
  return how === 'gzip' || how === 'compressed';
}

/** The names of everything a file is at once, as a reader of specifications would call it. */
export function formatNames(formats: Formats): string[] {
  const { bzimage, elf, pe, uki, zboot, arm64, multiboot, multiboot2 } = formats;
  const names: (string | false | undefined)[] = [
    uki && 'unified kernel image',
    zboot && 'EFI zboot',
    bzimage && (bzimage.loadflags.includes('LOADED_HIGH') ? 'bzImage' : 'zImage'),
    arm64 && 'arm64 Image',
    elf && `ELF${elf.class} ${machineName(elf.machine)}${elf.littleEndian ? '' : ' big-endian'}`,
    pe && `${pe.magic} ${pe.machineName === 'unknown' ? hex(pe.machine) : pe.machineName}`,
    multiboot && 'Multiboot',
    multiboot2 && 'Multiboot2',
  ];
  return names.filter((name) => typeof name === 'string');
}

const machines: Readonly<Record<number, string>> = {
  2: 'sparc',
  3: 'i386',
  6: 'i486',
  8: 'mips',
  20: 'ppc',
  21: 'ppc64',
  22: 's390',
  40: 'arm',
  43: 'sparc64',
  50: 'ia64',
  62: 'x86-64',
  183: 'arm64',
  243: 'riscv',
  258: 'loongarch',
};

/** Name of an ELF e_machine. */
export function machineName(machine: number): string {
  return machines[machine] ?? `machine ${machine}`;
}
