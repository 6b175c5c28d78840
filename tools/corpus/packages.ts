/** The table of what the corpus holds. File ids are what tests and the manifest use. */

/** One file wanted from a package: the first member whose base name matches. */
export interface WantedFile {
  id: string;
  match: RegExp;
  /** Not every version of the package ships it. */
  optional?: boolean;
}

/** One corpus item: a package found through a metapackage, and the files wanted from it. */
export interface CorpusItem {
  id: string;
  suite: string;
  architecture: string;
  /** The package to start from. */
  package: string;
  /** When set, the dependency of `package` that holds the files. */
  depends?: RegExp;
  /** The directory inside the package to unpack. */
  directory: string;
  files: WantedFile[];
  config?: RegExp;
  systemMap?: RegExp;
}

/** Suites that are no longer refreshed; see `renderSources`. */
export const ARCHIVED_SUITES: readonly string[] = ['bullseye'];

function linux(id: string, suite: string, architecture: string, flavour: string): CorpusItem {
  return {
    id,
    suite,
    architecture,
    package: `linux-image-${flavour}`,
    depends: /^linux-image-\d\S*$/,
    directory: './boot',
    files: [{ id, match: /^vmlinu[xz]-/ }],
    config: /^config-/,
    systemMap: /^System\.map-/,
  };
}

/** Everything `npm run corpus` fetches. */
export const ITEMS: readonly CorpusItem[] = [
  linux('debian-12-cloud-amd64', 'bookworm', 'amd64', 'cloud-amd64'),
  linux('debian-12-amd64', 'bookworm', 'amd64', 'amd64'),
  linux('debian-13-cloud-amd64', 'trixie', 'amd64', 'cloud-amd64'),
  linux('debian-13-amd64', 'trixie', 'amd64', 'amd64'),
  linux('debian-11-cloud-amd64', 'bullseye', 'amd64', 'cloud-amd64'),
  linux('debian-11-686-pae', 'bullseye', 'i386', '686-pae'),
  linux('debian-13-cloud-arm64', 'trixie', 'arm64', 'cloud-arm64'),
  {
    id: 'xen',
    suite: 'trixie',
    architecture: 'amd64',
    package: 'xen-system-amd64',
    depends: /^xen-hypervisor-\d\S*$/,
    directory: './boot',
    files: [
      { id: 'xen', match: /^xen-.*\.gz$/ },
      { id: 'xen-efi', match: /^xen-.*\.efi$/, optional: true },
    ],
    config: /^xen-.*\.config$/,
  },
  {
    id: 'memtest86+',
    suite: 'trixie',
    architecture: 'amd64',
    package: 'memtest86+',
    directory: './boot',
    files: [
      { id: 'memtest86+x64', match: /x64\.bin$/ },
      { id: 'memtest86+x64-efi', match: /x64\.efi$/ },
      { id: 'memtest86+ia32', match: /(?:ia|x)32\.bin$/ },
      { id: 'memtest86+ia32-efi', match: /(?:ia|x)32\.efi$/ },
    ],
  },
  {
    id: 'grub-xen',
    suite: 'trixie',
    architecture: 'amd64',
    // The finished images are in -host; -bin holds only the pieces they are linked from, without Xen notes.
    package: 'grub-xen-host',
    directory: './usr/lib/grub-xen',
    files: [
      { id: 'grub-xen-x86_64', match: /^grub-x86_64-xen\.bin$/ },
      { id: 'grub-xen-i386', match: /^grub-i386-xen\.bin$/ },
      { id: 'grub-xen-i386-pvh', match: /^grub-i386-xen_pvh\.bin$/ },
    ],
  },
];

/** The item a file id belongs to. */
export function itemOfFile(id: string): CorpusItem | undefined {
  return ITEMS.find((item) => item.files.some((file) => file.id === id));
}

/** Every file id, in table order. */
export function fileIds(): string[] {
  return ITEMS.flatMap((item) => item.files.map((file) => file.id));
}
