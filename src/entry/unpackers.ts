import type { Inner, Wrapping } from '../image/image.js';
import type { EntryDefinition, EntryId } from './entry.js';

/** What an image wrapped in a certain way can be, and who unwraps it to use an entry. */
interface Unwrapping {
  /** In words, e.g. "the bzImage payload". */
  readonly what: string;
  /** Whether the wrapped image can have this entry. */
  holds(entry: EntryDefinition): boolean;
  /** Which loaders unwrap it for this entry and which do not, one sentence or more. */
  loaders(entry: EntryId, inner: Inner): string;
}

const anything = (): boolean => true;

/**
 * Sources: Xen 4.20 tools/libs/guest/xg_dom_bzimageloader.c and xen/arch/x86/bzimage.c; GRUB 2.12
 * grub-core/loader/i386/xen_file.c and grub-core/io; QEMU 10.0 hw/i386/x86-common.c, hw/arm/boot.c and
 * hw/core/loader.c; kexec-tools 2.0.29 kexec/kexec.c and kexec-pe-zboot.c; Firecracker docs/pvh.md;
 * cloud-hypervisor pull request 6200.
 */
export const unwrappings: Readonly<Record<Wrapping, Unwrapping>> = {
  'bzimage-payload': {
    what: 'the payload of the bzImage',
    // The payload is always an ELF file of the kernel proper (boot.rst, payload_offset).
    holds: ({ declaredBy }) => declaredBy.includes('ELF'),
    loaders(entry, inner) {
      if (entry === 'pvh') {
        return "Xen's domain builder (and the hypervisor, for dom0) does; QEMU enters a bzImage at its 16-bit code, cloud-hypervisor at its 32-bit code, and Firecracker takes ELF files only.";
      }
      if (entry === 'xen-pv') {
        const grub = ['gzip', 'xz', 'lzo', 'none'].includes(inner.codec)
          ? 'so does the Xen port of GRUB'
          : `the Xen port of GRUB does not know ${inner.codec}`;
        return `Xen's domain builder (and the hypervisor, for dom0) does, ${grub}.`;
      }
      return "no loader known to this project does; Linux's scripts/extract-vmlinux makes a file of it.";
    },
  },
  gzip: {
    what: 'the gzip file',
    holds: anything,
    loaders(entry) {
      if (entry === 'arm64') return 'GRUB, kexec-tools and QEMU do.';
      return 'GRUB and kexec-tools do; firmware and, for x86, QEMU do not.';
    },
  },
  compressed: {
    what: 'the compressed file',
    holds: anything,
    loaders(_entry, { codec }) {
      if (codec === 'xz')
        return 'GRUB does, and kexec-tools if built with liblzma; firmware and QEMU do not.';
      if (codec === 'lzo') return 'GRUB does; firmware, kexec-tools and QEMU do not.';
      return `of GRUB, kexec-tools, QEMU and firmware none unpacks ${codec} files.`;
    },
  },
  'efi-zboot': {
    what: 'the EFI zboot image',
    holds: ({ architecture }) => architecture === 'arm64',
    loaders(_entry, { codec }) {
      return codec === 'gzip'
        ? 'QEMU and kexec-tools do.'
        : `kexec-tools may; QEMU (10.0) unpacks gzip only, and this is ${codec}.`;
    },
  },
  uki: {
    what: 'the .linux section of the unified kernel image',
    holds: anything,
    loaders: () => 'the stub itself starts it as an EFI application.',
  },
  zeropage: {
    what: 'the wrapped image',
    holds: anything,
    loaders: () => 'the entry stubs around it do, through the entries that they add.',
  },
};
