import type { Image } from '../../image/image.js';
import { xenDomParms } from '../../image/xen/dom-parms.js';
import type { EntryId } from '../entry.js';
import { protocolText } from '../setup-facts.js';
import { withMagic } from './bzimage-rules.js';
import { type Candidate, type Decision, type LoaderRule, type LoaderWay, refuses, takes } from './loader.js';

const TOOLS = 'Xen 4.20 tools/libs/guest/xg_dom_bzimageloader.c, xc_dom_probe_bzimage_kernel()';
const HYPERVISOR = 'Xen 4.20 xen/arch/x86/bzimage.c, bzimage_check() and bzimage_parse()';
const LIBELF = 'Xen 4.20 xen/common/libelf/libelf-dominfo.c, elf_xen_parse()';
const codecs = ['gzip', 'bzip2', 'xz', 'zstd', 'lzma', 'lzo', 'lz4'];

/** What a bzImage must have to be unpacked; `stored` says whether an uncompressed payload will do. */
function payload(source: string, stored: boolean): LoaderRule {
  return {
    asks: 'bzImage of protocol 2.08 or newer with a payload it can unpack',
    source,
    decide({ image }) {
      const kernel = withMagic(image);
      if (!kernel) return undefined;
      if (kernel.version < 0x0208)
        return refuses(`Protocol ${protocolText(kernel)}; it wants 2.08, which says where the payload is.`);
      const { inner } = image;
      if (!inner) return refuses('The bzImage states no payload.');
      if (inner.codec === 'none' && !stored)
        return refuses('"unknown compression format": the payload is not compressed.');
      if (inner.codec !== 'none' && !codecs.includes(inner.codec))
        return refuses('"unknown compression format".');
      return inner.image
        ? undefined
        : refuses(`The payload does not unpack: ${inner.problem ?? 'not tried'}.`);
    },
  };
}

/** The file itself, or what a bzImage holds. */
function kernelOf(image: Image): Image | undefined {
  return withMagic(image) ? image.inner?.image : image;
}

function notes(
  entry: EntryId,
  asks: string,
  more: (candidate: Candidate) => Decision | undefined,
): LoaderRule {
  return {
    asks,
    source: LIBELF,
    decide(candidate) {
      const { image, offers } = candidate;
      const kernel = kernelOf(image);
      if (!kernel?.formats.elf) return refuses('"kernel is not an ELF image".');
      const offer = offers.find(({ id }) => id === entry)!;
      if (!offer.offered) return refuses(offer.reason);
      return (
        more(candidate) ??
        takes(
          entry,
          withMagic(image) ? 'The payload of the bzImage is unpacked.' : 'Loaded by its ELF segments.',
        )
      );
    },
  };
}

/** An ELF file that only a kernel of the privileged domain can be. */
function privilegedOnly({ image }: Candidate): Decision | undefined {
  const kernel = kernelOf(image)!;
  const { features } = xenDomParms(kernel.formats.elf!, kernel.bytes);
  return features.required.includes('dom0')
    ? refuses('"Kernel does not support unprivileged (DomU) operation".')
    : undefined;
}

/** CONFIG_PV32 is a choice of whoever builds Xen: Debian's 4.17 and 4.20 are without. */
function narrow({ image }: Candidate): Decision | undefined {
  return kernelOf(image)!.formats.elf!.class === 32
    ? refuses(
        '"Found 32-bit PV kernel, but CONFIG_PV32 missing"; a Xen built with it takes the kernel, unless CET shadow stacks are in use.',
      )
    : undefined;
}

/** libelf pads notes to four bytes and passes over others, which the entry itself does not. */
function seen({ image }: Candidate): Decision | undefined {
  const kernel = kernelOf(image)!;
  return xenDomParms(kernel.formats.elf!, kernel.bytes).physEntry === undefined
    ? refuses('Xen reads notes padded to four bytes and finds no PHYS32_ENTRY.')
    : undefined;
}

/** A kernel that lists what it supports must list dom0. */
function unprivileged({ image }: Candidate): Decision | undefined {
  const kernel = kernelOf(image)!;
  const { notes, features } = xenDomParms(kernel.formats.elf!, kernel.bytes);
  const lists = notes.some(({ name }) => name === 'SUPPORTED_FEATURES');
  return lists && !features.supported.includes('dom0')
    ? refuses('"Kernel does not support Dom0 operation".')
    : undefined;
}

const none = 'a PV kernel by its Xen notes or __xen_guest';
const pvh = 'PHYS32_ENTRY among the Xen notes';

export const xen: readonly LoaderWay[] = [
  {
    id: 'xen-domu-pv',
    loader: 'Xen',
    how: 'domU, type="pv"',
    versions: '4.17 to 4.20',
    rules: [
      payload(TOOLS, false),
      notes('xen-pv', none, (candidate) => privilegedOnly(candidate) ?? narrow(candidate)),
    ],
  },
  {
    id: 'xen-domu-pvh',
    loader: 'Xen',
    how: 'domU, type="pvh"',
    versions: '4.17 to 4.20',
    rules: [
      payload(TOOLS, false),
      notes('pvh', pvh, (candidate) => seen(candidate) ?? privilegedOnly(candidate)),
    ],
  },
  {
    id: 'xen-dom0-pv',
    loader: 'Xen',
    how: 'dom0',
    versions: '4.17 to 4.20',
    rules: [
      payload(HYPERVISOR, true),
      notes('xen-pv', none, (candidate) => narrow(candidate) ?? unprivileged(candidate)),
    ],
  },
  {
    id: 'xen-dom0-pvh',
    loader: 'Xen',
    how: 'dom0=pvh',
    versions: '4.17 to 4.20',
    rules: [payload(HYPERVISOR, true), notes('pvh', pvh, seen)],
  },
];
