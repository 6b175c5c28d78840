import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { segmentType } from '../../src/abi/elf.js';
import { corpusFile } from '../../tools/corpus/locate.js';
import { BtfAssembler } from '../btf/assemble.js';
import { craftArm64Image, craftEfiZboot } from '../craft/arm64.js';
import { craftBzImage } from '../craft/bzimage.js';
import { craftElf } from '../craft/elf.js';
import { craftKallsyms, craftSymbols, type KallsymsVersion } from '../craft/kallsyms.js';
import { craftMultiboot, craftMultiboot2 } from '../craft/multiboot.js';
import { craftCompat, craftPe } from '../craft/pe.js';
import { ascii, concat, le, roundUp } from '../craft/write.js';
import type { Seed } from './inputs.js';
import type { Ranges } from './mutate.js';

const KERNEL_BASE = 0xffffffff81000000n;
const LOAD_ADDRESS = 0x1000000n;
/** Calls, which the branch filter of xz changes. */
const text = Uint8Array.from({ length: 0x80 }, (_, i) => [0xe8, i, 0, 0, 0][i % 5]!);

const xen = (type: number, desc: string | number | bigint | Uint8Array) => ({ owner: 'Xen', type, desc });

/** The notes of a Linux 6.12. */
const linuxNotes = [
  xen(6, 'linux'),
  xen(7, '2.6'),
  xen(5, 'xen-3.0'),
  xen(3, 0xffffffff80000000n),
  xen(15, 0x8000000000n),
  xen(1, KERNEL_BASE + 0x10n),
  xen(10, '!writable_page_tables|pae_pgdir_above_4gb'),
  xen(9, 'yes'),
  xen(13, concat(le(1, 8), le(1, 8))),
  xen(16, 1),
  xen(17, 0x8801),
  xen(8, 'generic'),
  xen(14, 1),
  xen(4, 0n),
  xen(18, LOAD_ADDRESS + 0x20n),
  xen(19, concat(le(0x200000, 4), le(0x1000000, 4), le(0x3fffffff, 4))),
  { owner: 'GNU', type: 3, desc: new Uint8Array(20).fill(7) },
];

const loadSegment = { vaddr: KERNEL_BASE, paddr: LOAD_ADDRESS, data: text, memSize: 0x1000 };

/** BTF with every kind of type that refers to others. */
function craftBtf(): Uint8Array {
  const btf = new BtfAssembler();
  const int = btf.int('int', 4, { signed: true });
  const long = btf.int('long unsigned int', 8);
  const pointer = btf.refer('ptr', long);
  const array = btf.array(int, 16);
  const inner = btf.composite('union', 'inner', 8, [
    ['number', long, 0],
    ['pointer', pointer, 0],
  ]);
  const outer = btf.composite('struct', 'boot_params', 88, [
    ['head', int, 0],
    ['part', inner, 64],
    ['tail', array, 128],
  ]);
  btf.refer('typedef', btf.refer('const', outer), 'params_t');
  btf.enumeration('subarch', 4, [
    ['PC', 0n],
    ['XEN', 2n],
  ]);
  btf.enumeration('wide', 8, [['ALL', (1n << 63n) - 1n]]);
  const run = btf.prototype(int, [
    ['params', btf.refer('ptr', outer)],
    ['', 0],
  ]);
  const func = btf.func('start_kernel', run);
  const variable = btf.variable('boot_params', outer);
  btf.section('.data', 88, [[variable, 0, 88]]);
  btf.declTag('bpf_kfunc', func);
  return btf.build();
}

/** A kernel as the payload of a bzImage is: segments, notes, named sections. */
export function craftVmlinux(): Uint8Array {
  return craftElf({
    entry: LOAD_ADDRESS,
    segments: [loadSegment],
    notes: linuxNotes,
    sections: [
      { name: '.text', addr: KERNEL_BASE, data: text },
      { name: '.BTF', data: craftBtf() },
    ],
  });
}

/** The kernel above, packed by the tools that kernel builds use; see fixtures/README.md. */
const packedNames = ['gz', 'bz2', 'lzma', 'xz', 'lzo', 'lz4', 'zst'] as const;
const packed = packedNames.map((name) => ({
  name,
  bytes: new Uint8Array(readFileSync(new URL(`fixtures/vmlinux.${name}`, import.meta.url))),
}));

const code = new Uint8Array(0x280).fill(0x90);
const setupRanges: Ranges = [
  [0x1f0, 0x80],
  [0x200, 0x70],
];
const peRanges: Ranges = [[0x3c, 0x180]];
const bzImage = (payload: Uint8Array, payloadOffset = 0x280): Uint8Array =>
  craftBzImage({ setupSects: 1, code, payload, payloadOffset });

/** The start and the end of an ELF file: headers and notes, section names and section headers. */
const elfRanges = (file: Uint8Array, at = 0): Ranges => [
  [at, 0x40],
  [at + 0x40, 0x100],
  [at + 0x100, Math.max(1, file.length - 0x100)],
  [at + Math.max(0, file.length - 0x180), 0x180],
];

function containers(): Seed[] {
  const vmlinux = craftVmlinux();
  const vmlinux32 = craftElf({
    class: 32,
    entry: 0x1000000,
    segments: [{ vaddr: 0xc1000000, paddr: 0x1000000, data: text, memSize: 0x400 }],
    notes: [xen(18, 0x1000020), xen(1, 0xc1000010), xen(3, 0xc0000000)],
    sections: [{ name: '.notes', type: 7, data: ascii('not a note') }],
  });
  const legacyXen = craftElf({
    class: 32,
    entry: 0xc0100000,
    segments: [{ vaddr: 0xc0100000, paddr: 0x100000, data: text }],
    sections: [
      {
        name: '__xen_guest',
        data: ascii(
          'GUEST_OS=linux,GUEST_VER=2.6,XEN_VER=xen-3.0,VIRT_BASE=0xC0000000,LOADER=generic,PAE=yes\0',
        ),
      },
    ],
  });
  const bigEndian = craftElf({ littleEndian: false, segments: [loadSegment], notes: linuxNotes.slice(0, 4) });
  const severalNotes = craftElf({
    segments: [loadSegment, { type: segmentType.PT_NOTE, data: new Uint8Array(24), align: 8 }],
    notes: linuxNotes,
    noteAlign: 8,
    notePadding: 8,
    noteHome: 'both',
  });
  const stored = bzImage(vmlinux);
  const efiStub = craftBzImage({
    setupSects: 1,
    code,
    payload: vmlinux,
    payloadOffset: 0x280,
    crc: true,
    pe: { entry: 0x600, certificates: { address: 0x400, size: 8 } },
    xloadflags: ['XLF_KERNEL_64', 'XLF_EFI_HANDOVER_64', 'XLF_EFI_HANDOVER_32'],
    header: { handover_offset: 0x10, kernel_info_offset: 0x200 },
  });
  const sections = [
    { name: '.text', data: text },
    {
      name: '.sbat',
      data: ascii('sbat,1,SBAT Version,sbat,1,https://github.com/rhboot/shim/blob/main/SBAT.md\n'),
    },
    { name: '.compat', data: craftCompat([{ machine: 0x14c, entry: 0x1010 }]) },
  ];
  const pe = craftPe({ sections, certificate: new Uint8Array(16).fill(1) });
  const pe32 = craftPe({ machine: 'ia32', sections });
  const uki = craftPe({
    sections: [
      ...sections,
      { name: '.linux', data: stored },
      { name: '.initrd', data: new Uint8Array(32) },
      { name: '.cmdline', data: ascii('console=ttyS0\0') },
      { name: '.osrel', data: ascii('ID=debian\n') },
      { name: '.uname', data: ascii('6.12.0') },
    ],
  });
  const kludge = craftMultiboot(0x10007, {
    header_addr: 0x100000,
    load_addr: 0x100000,
    entry_addr: 0x100040,
  });
  const multiboot2 = craftMultiboot2([
    { type: 1, data: concat(le(4, 4), le(6, 4)) },
    { type: 2, data: concat(le(0x100000, 4), le(0x100000, 4), le(0, 4), le(0, 4)) },
    { type: 3, data: le(0x100080, 4) },
    { type: 6, data: new Uint8Array(0) },
    { type: 10, data: concat(le(0x200000, 4), le(0xffffffff, 4), le(0x200000, 4), le(2, 4)) },
    { type: 9, data: le(0x100080, 4) },
  ]);
  const unpackedArm64 = craftArm64Image({}, 0x400, { sections });
  const names = ['_text', 'start_kernel', 'init_task', 'weak', 'absolute'];
  const symtab = names.flatMap((_, i) => {
    const at = 1 + names.slice(0, i).join('\0').length + (i > 0 ? 1 : 0);
    const value = KERNEL_BASE + BigInt(8 * i);
    return [
      le(at, 4),
      le([0x12, 0x12, 0x11, 0x22, 0x10][i]!, 1),
      le(0, 1),
      le(i === 4 ? 0xfff1 : 1, 2),
      le(value, 8),
      le(8, 8),
    ];
  });
  const withSymtab = craftElf({
    segments: [loadSegment],
    sections: [
      { name: '.text', addr: KERNEL_BASE, data: text, raw: { sh_flags: 6 } },
      {
        name: '.symtab',
        type: 2,
        data: concat(new Uint8Array(24), ...symtab),
        raw: { sh_link: 3, sh_info: 1, sh_entsize: 24 },
      },
      { name: '.strtab', type: 3, data: ascii(`\0${names.join('\0')}\0`) },
    ],
  });
  const named: readonly [string, Uint8Array, Ranges][] = [
    ['ELF64 with .symtab', withSymtab, elfRanges(withSymtab)],
    ['ELF64', vmlinux, elfRanges(vmlinux)],
    ['ELF32', vmlinux32, elfRanges(vmlinux32)],
    ['ELF32 with __xen_guest', legacyXen, elfRanges(legacyXen)],
    ['ELF64 big-endian', bigEndian, elfRanges(bigEndian)],
    ['ELF64 with several PT_NOTEs', severalNotes, elfRanges(severalNotes)],
    ['bzImage, stored payload', stored, [...setupRanges, ...elfRanges(vmlinux, 0x680)]],
    ['bzImage with EFI stub', efiStub, [...setupRanges, ...peRanges]],
    ['zImage, protocol 2.00', craftBzImage({ version: 0x200, setupSects: 1, code }), setupRanges],
    ['kernel before 2.00', craftBzImage({ version: 0, setupSects: 0, code }), setupRanges],
    [
      'bzImage 2.07, gzip without a pointer',
      craftBzImage({ version: 0x207, payload: packed[0]!.bytes }),
      setupRanges,
    ],
    ['PE', pe, [[0, 0x240]]],
    ['PE32', pe32, [[0, 0x240]]],
    ['UKI', uki, [[0, 0x300]]],
    ['gzip of ELF', new Uint8Array(gzipSync(vmlinux)), []],
    ['gzip of gzip of ELF', new Uint8Array(gzipSync(gzipSync(vmlinux))), []],
    ['zboot', craftEfiZboot(new Uint8Array(gzipSync(unpackedArm64))), [[0, 0x240]]],
    ['zboot, zstd', craftEfiZboot(packed.at(-1)!.bytes, 'zstd', 'x86-64'), [[0, 0x240]]],
    ['arm64 Image', craftArm64Image({}, 0x400), [[0, 0x40]]],
    ['arm64 Image with EFI stub', unpackedArm64, [[0, 0x240]]],
    ['Multiboot', concat(kludge, text, text), [[0, 0x30]]],
    [
      'Multiboot in ELF',
      craftElf({
        class: 32,
        entry: 0x100010,
        segments: [{ vaddr: 0x100000, data: concat(craftMultiboot(3), text) }],
      }),
      [[0, 0x100]],
    ],
    ['Multiboot2', concat(multiboot2, text, text), [[0, multiboot2.length]]],
    ['nothing', new Uint8Array(64), []],
  ];
  return named.map(([name, bytes, ranges]) => ({ name, bytes, ranges }));
}

function packedSeeds(): Seed[] {
  const vmlinux = craftVmlinux();
  const wrapped: Seed = {
    name: 'ELF64, gzip in bzImage',
    bytes: vmlinux,
    ranges: elfRanges(vmlinux),
    wrap: (bytes) => bzImage(new Uint8Array(gzipSync(bytes, { level: 1 }))),
  };
  const others = packed.flatMap(({ name, bytes }): Seed[] => [
    { name: `bzImage, ${name}`, bytes: bzImage(bytes), ranges: [...setupRanges, [0x680, bytes.length]] },
    { name, bytes },
  ]);
  return [wrapped, ...others];
}

const kallsymsVersions: readonly KallsymsVersion[] = ['4.5', '4.19', '5.10', '6.1', '6.12', '7.2'];

/** Kernels with symbols, and linker tables that these name: full of functions, strings and small numbers. */
function symbolSeeds(): Seed[] {
  return kallsymsVersions.flatMap((version) =>
    ([8, 4] as const).map((word): Seed => {
      const start = word === 8 ? KERNEL_BASE : 0xc1000000n;
      const functions = craftSymbols(300, start);
      const tablesAt = 16 * functions.length;
      const pointers = concat(
        ...Array.from({ length: 32 }, (_, i) => le(start + BigInt(16 * (i % 7)), word)),
      );
      const offsets = concat(
        ...Array.from({ length: 16 }, (_, i) => le(16 * i - tablesAt - pointers.length - 4 * i, 4)),
      );
      const names: Readonly<Record<string, number>> = {
        __setup_start: 0,
        __setup_end: 6 * word,
        hypervisors: 6 * word,
        __apicdrivers: 9 * word,
        __apicdrivers_end: 12 * word,
        __x86_cpu_dev_start: 12 * word,
        __x86_cpu_dev_end: 14 * word,
        __start___param: 14 * word,
        __stop___param: 20 * word,
        __iommu_table: 20 * word,
        __iommu_table_end: 30 * word,
        __initcall_start: 32 * word,
        __initcall0_start: 32 * word + 8,
        __initcall6_start: 32 * word + 24,
        __initcall_end: 32 * word + 40,
        __con_initcall_start: 32 * word + 40,
        __con_initcall_end: 32 * word + 48,
      };
      const named = Object.entries(names).map(([name, at]) => ({
        address: start + BigInt(tablesAt + at),
        type: 'D',
        name,
      }));
      const kallsymsAt = roundUp(tablesAt + pointers.length + offsets.length, 16);
      const symbols = [...functions, ...named];
      const { data } = craftKallsyms({ symbols, version, word, at: start + BigInt(kallsymsAt) });
      const head = concat(new Uint8Array(tablesAt).fill(0x90), pointers, offsets);
      const image = concat(head, new Uint8Array(kallsymsAt - head.length), data);
      const bytes = craftElf({
        class: word === 8 ? 64 : 32,
        segments: [{ vaddr: start, paddr: LOAD_ADDRESS, data: image }],
      });
      const imageAt = bytes.length - image.length;
      return {
        name: `ELF${8 * word} with kallsyms ${version}`,
        bytes,
        ranges: [
          [0, 0x80],
          [imageAt + tablesAt, head.length - tablesAt],
          [imageAt + kallsymsAt, data.length],
          [imageAt + kallsymsAt, data.length],
        ],
      };
    }),
  );
}

/** Raw arm64 kernels: what their symbols are relative to stands in place, in a relocation, or nowhere. */
function arm64SymbolSeeds(): Seed[] {
  const base = 0xffff800080000000n;
  const symbols = craftSymbols(300, base);
  const at = 16 * symbols.length;
  return (['6.12', '6.1', '7.2'] as const).map((version): Seed => {
    const relativeBase = version === '6.1' ? 0n : undefined;
    const { data, arrays } = craftKallsyms({ symbols, version, at: base + BigInt(at), relativeBase });
    const word = base + BigInt(at + (arrays.get('relative_base')?.[0] ?? 0));
    const more =
      version === '7.2'
        ? concat(...symbols.map(({ address }) => le(address, 8)))
        : concat(
            le(base + 0x8010n, 8),
            le(1027, 8),
            le(base + 32n, 8),
            le(word, 8),
            le(1027, 8),
            le(base, 8),
          );
    const moreAt = roundUp(at + data.length, 16);
    const bytes = craftArm64Image({ image_size: 0x400000 }, moreAt + more.length);
    bytes.set(data, at);
    bytes.set(more, moreAt);
    const ranges: Ranges = [
      [0, 0x40],
      [at, data.length],
      [at, data.length],
      [moreAt, more.length],
    ];
    return { name: `arm64 Image with kallsyms ${version}`, bytes, ranges };
  });
}

/** Corpus kernels to take heads of. */
const corpusIds = [
  'debian-11-cloud-amd64',
  'debian-12-cloud-amd64',
  'debian-13-cloud-amd64',
  'debian-13-cloud-arm64',
  'debian-11-686-pae',
  'xen-efi',
  'grub-xen-x86_64',
  'grub-xen-i386-pvh',
  'memtest86+x64-efi',
] as const;
const HEAD = 0x8000;

/** Heads of real kernels, as far as the corpus is there. */
function corpusSeeds(): Seed[] {
  return corpusIds.flatMap((id) => {
    const file = corpusFile(id);
    if (!file) return [];
    const bytes = new Uint8Array(Math.min(HEAD, file.size));
    const handle = openSync(file.path, 'r');
    readSync(handle, bytes, 0, bytes.length, 0);
    closeSync(handle);
    return [{ name: `head of ${id}`, bytes, ranges: [[0, 0x400], ...setupRanges] as Ranges }];
  });
}

/** Everything inputs are made from. Without the corpus there are fewer, so the inputs of a run differ. */
export function allSeeds({ corpus = true } = {}): Seed[] {
  return [
    ...containers(),
    ...packedSeeds(),
    ...symbolSeeds(),
    ...arm64SymbolSeeds(),
    ...(corpus ? corpusSeeds() : []),
  ];
}
