import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { type Image, kernelElf } from '../../../src/image/image.js';
import { readSymbols } from '../../../src/image/symbols/read.js';
import { decodeXenNotes } from '../../../src/image/xen/notes.js';
import { FunctionTable } from '../../../src/trace/function-table.js';
import { anyMissing } from '../../check/missing.js';
import { corpusFile } from '../../corpus/locate.js';
import { initramfs } from '../initramfs.js';

/** A function that ran: its name, how often it was entered, and kernel instructions retired before it first was. */
export interface QemuRun {
  readonly name: string;
  readonly count: number;
  readonly first: number;
}

/** Ways into a kernel that QEMU has: SeaBIOS with an option ROM, OVMF, or Xen underneath. */
export const ways = ['linux16', 'pvh', 'efi', 'xen-pv'] as const;
export type Way = (typeof ways)[number];

/** What our boots begin with, too, so that loops over it are equally long. */
const commandLine = 'console=ttyS0 earlyprintk=ttyS0 panic=-1 nokaslr';
/** MiB. */
export const memory = 512;
/** include/public/features.h. */
const XENFEAT_DOM0 = 1 << 11;

const firmware = ['/usr/share/OVMF/OVMF_CODE_4M.fd', '/usr/share/OVMF/OVMF_VARS_4M.fd'] as const;
const minutes = 10;

/** Why QEMU cannot be asked; undefined when it can. */
export const noQemu = anyMissing('qemu-system-x86_64', 'gcc', ...firmware);

/** Boots a kernel in QEMU (TCG) up to a function; returns what ran before it and it, in order. Takes 10 to 60 s. */
export function runInQemu(image: Image, path: string, way: Way, until: string): QemuRun[] {
  const plugin = builtPlugin();
  const directory = mkdtempSync(join(tmpdir(), 'zeropage-paths-'));
  const file = (name: string): string => join(directory, name);
  try {
    writeFileSync(file('functions'), functionList(image));
    writeFileSync(file('initrd'), initramfs([]));
    if (way === 'efi') copyFileSync(firmware[1], file('variables'));
    if (way === 'pvh') writeFileSync(file('vmlinux'), kernelElf(image)!.bytes.data);
    const result = spawnSync(
      'qemu-system-x86_64',
      [
        ...`-accel tcg -icount shift=0,sleep=off -machine q35 -m ${way === 'xen-pv' ? 2 * memory : memory}`.split(
          ' ',
        ),
        // The hypervisor bit makes Linux skip the search for microcode; Debian 12's QEMU breaks cmpxchg16b.
        ...'-cpu qemu64,-cx16,-hypervisor -nic none -display none -serial null -monitor none -no-reboot'.split(
          ' ',
        ),
        ...(way === 'efi' ? flash(file('variables')) : []),
        ...(way === 'xen-pv'
          ? underXen(image, file)
          : [
              '-kernel',
              way === 'pvh' ? file('vmlinux') : path,
              '-initrd',
              file('initrd'),
              '-append',
              commandLine,
            ]),
        ...['-plugin', `${plugin},functions=${file('functions')},until=${until},out=${file('out')}`],
      ],
      { encoding: 'utf8', timeout: minutes * 60_000 },
    );
    if (!existsSync(file('out'))) {
      throw new Error(
        `QEMU ended without having come to ${until}: ${result.signal ?? result.status}\n${result.stderr}`,
      );
    }
    return readFileSync(file('out'), 'utf8').trim().split('\n').map(parsed);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/**
 * Xen by Multiboot with the kernel as its first domain. Kernels without CONFIG_XEN_DOM0 do not say that they can be that; told that they
 * are, they do what they do in any domain.
 */
function underXen(image: Image, file: (name: string) => string): string[] {
  const xen = corpusFile('xen')!.path;
  writeFileSync(file('xen'), gunzipSync(readFileSync(xen)));
  writeFileSync(file('vmlinux'), asFirstDomain(image));
  return [
    ...['-kernel', file('xen'), '-initrd', `${file('vmlinux')} ${commandLine},${file('initrd')}`],
    ...['-append', `dom0_mem=${memory}M,max:${memory}M dom0_max_vcpus=1 watchdog=0`],
  ];
}

/** The kernel with XENFEAT_dom0 among the features of its notes. */
function asFirstDomain(image: Image): Uint8Array {
  const { bytes, formats } = kernelElf(image)!;
  const data = bytes.data.slice();
  const view = new DataView(data.buffer);
  for (const { name, descOffset } of decodeXenNotes(formats.elf))
    if (name === 'SUPPORTED_FEATURES')
      view.setUint32(descOffset, view.getUint32(descOffset, true) | XENFEAT_DOM0, true);
  return data;
}

function flash(variables: string): string[] {
  return [
    ...['-drive', `if=pflash,format=raw,readonly=on,file=${firmware[0]}`],
    ...['-drive', `if=pflash,format=raw,file=${variables}`],
  ];
}

function parsed(line: string): QemuRun {
  const [count, first, name] = line.split(' ');
  return { name: name!, count: Number(count), first: Number(first) };
}

/** Functions that a kernel begins with, by whose bytes its place is found. */
const beginnings = ['startup_64', 'pvh_start_xen'];

/** All functions of the image as the plugin reads them. */
function functionList(image: Image): string {
  const { table } = readSymbols(image);
  if (!table) throw new Error('the kernel has no symbols');
  const { name, address, size } = new FunctionTable(table).columns;
  const { space } = table;
  const lines = name.flatMap((each, row) => {
    if (size[row] === 0) return [];
    const offset = beginnings.includes(each) ? space.offsetOf(address[row]!) : undefined;
    const bytes =
      offset === undefined
        ? '-'
        : Buffer.from(space.bytes.data.subarray(offset, offset + 16)).toString('hex');
    return [`${address[row]!.toString(16)} ${bytes} ${each}\n`];
  });
  return lines.join('');
}

/** The plugin, built once for its source. */
function builtPlugin(): string {
  const source = fileURLToPath(new URL('plugin.c', import.meta.url));
  const key = createHash('sha256').update(readFileSync(source)).digest('hex').slice(0, 16);
  const folder = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'zeropage', 'oracle');
  const plugin = join(folder, `paths-${key}.so`);
  if (existsSync(plugin)) return plugin;
  mkdirSync(folder, { recursive: true });
  const made = `${plugin}.${process.pid}`;
  const { status, stderr } = spawnSync(
    'gcc',
    ['-O2', '-shared', '-fPIC', '-Wall', '-Werror', '-o', made, source],
    {
      encoding: 'utf8',
    },
  );
  if (status !== 0) throw new Error(`gcc: ${stderr}`);
  renameSync(made, plugin);
  return plugin;
}
