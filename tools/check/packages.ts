/**
 * Everything from outside of npm that tests, tools and benches use, by the Debian package that brings it: programs by name,
 * files by path. `npm test` installs them all; whoever uses one asks `missing` for that very thing. `packages.test.ts` holds
 * the sources against this list.
 */
export const packages = {
  'acpica-tools': ['iasl'],
  'bash-completion': ['/usr/share/bash-completion/bash_completion'],
  binutils: ['as', 'ld', 'gold', 'nm', 'objcopy', 'objdump', 'readelf'],
  bzip2: ['bzip2'],
  chromium: ['/usr/bin/chromium'],
  dwarves: ['pahole', 'pfunct'],
  file: ['file'],
  fish: ['fish'],
  'g++': ['g++'],
  gcc: ['gcc'],
  'gcc-aarch64-linux-gnu': ['aarch64-linux-gnu-gcc'],
  gdb: ['gdb'],
  git: ['git'],
  'grub-common': ['grub-file', 'grub-mkrescue'],
  'grub-pc-bin': ['/usr/lib/grub/i386-pc/multiboot2.mod'],
  'libxen-dev': ['/usr/include/xen/xen.h'],
  'linux-source-6.1': ['/usr/src/linux-source-6.1.tar.xz'],
  lz4: ['lz4'],
  lzop: ['lzop'],
  make: ['make'],
  mandoc: ['mandoc'],
  mtools: ['mformat'],
  nasm: ['nasm'],
  ovmf: ['/usr/share/OVMF/OVMF_CODE_4M.fd', '/usr/share/OVMF/OVMF_VARS_4M.fd'],
  perl: ['prove'],
  python3: ['/usr/bin/python3'],
  'python3-junitparser': ['/usr/lib/python3/dist-packages/junitparser/__init__.py'],
  'qemu-system-arm': ['qemu-system-aarch64'],
  'qemu-system-x86': ['qemu-system-x86_64', 'qemu-system-i386'],
  rustc: ['rustc'],
  seabios: ['/usr/share/seabios/bios.bin', '/usr/share/seabios/vgabios-stdvga.bin'],
  'systemd-boot-efi': ['/usr/lib/systemd/boot/efi/linuxx64.efi.stub'],
  time: ['/usr/bin/time'],
  xorriso: ['xorriso'],
  'xz-utils': ['xz', 'lzma'],
  zsh: ['zsh'],
  zstd: ['zstd'],
} as const satisfies Readonly<Record<string, readonly string[]>>;

/** A program's name or a file's path out of the list. */
export type Outside = (typeof packages)[keyof typeof packages][number];
