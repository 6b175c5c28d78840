/**
 * Compares symbols and initcalls read from an image with what the kernel itself says when it runs:
 * /proc/kallsyms byte for byte, and the functions called under initcall_debug in their order.
 *
 *   npx tsx tools/oracle/kallsyms-qemu.ts [--record] [corpus id or path of a kernel]…
 *
 * `--record` keeps digests of the kernel's answers in kallsyms-qemu.json, for tests that do not boot anything.
 */
import { readFileSync } from 'node:fs';
import { type Image, layers } from '../../src/image/image.js';
import { openImage } from '../../src/image/open.js';
import { readSymbols } from '../../src/image/symbols/read.js';
import { linkerTables } from '../../src/image/tables/tables.js';
import { symbolsText } from '../../src/report/symbols-text.js';
import { corpusFile, corpusReason } from '../corpus/locate.js';
import { type Architecture, bootForReport, missingForGuest } from './guest.js';
import { addRecord, sha256 } from './record.js';

const defaultIds = [
  'debian-11-cloud-amd64',
  'debian-11-686-pae',
  'debian-12-cloud-amd64',
  'debian-12-amd64',
  'debian-13-cloud-amd64',
  'debian-13-amd64',
  'debian-13-cloud-arm64',
];

function architectureOf(image: Image): Architecture {
  const { elf } = layers(image).at(-1)!.formats;
  if (!elf) return 'arm64';
  return elf.class === 64 ? 'x86-64' : 'i386';
}

/** False when image and kernel disagree. */
async function compare(path: string, record: boolean): Promise<boolean> {
  const file = new Uint8Array(readFileSync(path));
  const image = await openImage(file, { name: path });
  const architecture = architectureOf(image);
  const missing = missingForGuest(architecture);
  if (missing) {
    console.log(`${path}: skipped: ${missing}`);
    return true;
  }
  const { table, problem } = readSymbols(image);
  if (!table) throw new Error(problem);
  const ours = Buffer.concat([...symbolsText(table)]);
  const tables = linkerTables(image, table);
  const ourCalls = ['con_initcall', 'initcall'].flatMap(
    (id) => tables.find((found) => found.id === id)?.entries.map(({ name }) => name) ?? [],
  );

  const { kallsyms, log } = bootForReport(path, architecture);
  const theirs = withoutModules(kallsyms);
  // PCI fixups are announced with the same word, behind the name of a device.
  const theirCalls = Array.from(log.matchAll(/\] calling {2}([^\s+]+)\+0x/g), (match) => match[1]!);

  const sameSymbols = ours.equals(theirs);
  const sameCalls = ourCalls.join('\n') === theirCalls.join('\n');
  const release = /Linux version (\S+)/.exec(log)?.[1] ?? path;
  console.log(
    `${release}: /proc/kallsyms ${sameSymbols ? 'identical' : 'DIFFERS'} (${table.count} symbols), ` +
      `initcalls ${sameCalls ? 'identical' : 'DIFFER'} (${ourCalls.length})`,
  );
  if (!sameSymbols) showDifference(ours.toString('latin1'), theirs.toString('latin1'));
  if (!sameCalls) showDifference(ourCalls.join('\n'), theirCalls.join('\n'));
  if (record) {
    addRecord(sha256(file), {
      release,
      symbols: theirs.reduce((count, byte) => count + (byte === 0x0a ? 1 : 0), 0),
      symbolsSha256: sha256(theirs),
      initcalls: theirCalls.length,
      initcallsSha256: sha256(theirCalls.join('\n')),
    });
  }
  return sameSymbols && sameCalls;
}

/** Symbols of modules, BPF programs and trampolines carry the owner's name behind a tab. */
function withoutModules(kallsyms: Buffer): Buffer {
  if (!kallsyms.includes('\t')) return kallsyms;
  const lines = kallsyms.toString('latin1').split('\n');
  return Buffer.from(lines.filter((line) => !line.includes('\t')).join('\n'), 'latin1');
}

function showDifference(ours: string, theirs: string): void {
  const [left, right] = [ours.split('\n'), theirs.split('\n')];
  const at = left.findIndex((line, i) => line !== right[i]);
  console.log(
    `  line ${at + 1}: image "${left[at]}", kernel "${right[at]}"; ${left.length} and ${right.length} lines`,
  );
}

async function main(): Promise<void> {
  const given = process.argv.slice(2);
  const record = given.includes('--record');
  const kernels = given.filter((argument) => argument !== '--record');
  let same = true;
  for (const kernel of kernels.length > 0 ? kernels : defaultIds) {
    const path = kernel.includes('/') ? kernel : corpusFile(kernel)?.path;
    if (path === undefined) console.log(`${kernel}: skipped: ${corpusReason(kernel)}`);
    else same = (await compare(path, record)) && same;
  }
  process.exitCode = same ? 0 : 1;
}

await main();
