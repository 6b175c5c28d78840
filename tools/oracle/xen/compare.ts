/**
 * Boots a corpus kernel as PV dom0 of the corpus's Xen under QEMU, and as domU on the platform xen-pv, and compares what it
 * says and which hypercalls it makes, class by class. Run by hand: npx tsx tools/oracle/xen/compare.ts [corpus id [hypercalls]]
 * Cloud kernels cannot be dom0. Takes some minutes: QEMU stops at every hypercall.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { boot } from '../../../src/boot/boot.js';
import { initramfs } from '../../../src/boot/init/initramfs.js';
import { userspaceMarker } from '../../../src/boot/init/program.js';
import { kernelElf } from '../../../src/image/image.js';
import { openImage } from '../../../src/image/open.js';
import { readSymbols } from '../../../src/image/symbols/read.js';
import type { Machine } from '../../../src/machine/machine.js';
import { pvHypercalls } from '../../../src/platform/xen-pv/hypercalls.js';
import type { PvMonitor } from '../../../src/platform/xen-pv/monitor.js';
import { corpusFile } from '../../corpus/locate.js';
import { GdbStub } from './gdb-stub.js';

const [id = 'debian-12-amd64', most = '12000'] = process.argv.slice(2);
/** So many hypercalls are looked at one by one; what kernels do after that they did before. */
const MOST = Number(most);
const [RAX, RSI, RDI] = [0, 4, 5] as const;
const MMUEXT_OP = 26;
const MULTICALL = 13;

const kernel = corpusFile(id);
const xen = corpusFile('xen');
if (!kernel || !xen) throw new Error('npm run corpus fetches the kernels and Xen');
const data = new Uint8Array(readFileSync(kernel.path));

/** The name our table has for a hypercall, with its operation where the first argument says which. */
function nameOf(number: number, operation: number): string {
  const hypercall = pvHypercalls.find((one) => one.number === number);
  if (!hypercall) return `hypercall ${number}`;
  const list = hypercall.operations ?? hypercall.listed;
  if (!list) return hypercall.name;
  return `${hypercall.name} ${list.find((one) => one.number === operation)?.name ?? operation}`;
}

interface Observed {
  readonly console: string;
  readonly hypercalls: ReadonlyMap<string, number>;
}

async function onZeropage(): Promise<Observed> {
  let machine: Machine | undefined;
  const image = await openImage(data);
  const result = await boot(image, { entry: 'xen-pv' }, { onMachine: (one) => (machine = one) });
  const monitor = machine!.cpu.monitor as PvMonitor;
  return { console: result.console, hypercalls: monitor.hypercalls.counts };
}

async function onXen(): Promise<Observed> {
  const image = await openImage(data);
  const { table } = readSymbols(image);
  const at = table?.find('xen_hypercall_pv');
  if (at === undefined || !kernelElf(image)) throw new Error('the kernel has no xen_hypercall_pv to stop at');
  const folder = mkdtempSync(join(tmpdir(), 'zeropage-xen-'));
  const path = (name: string): string => join(folder, name);
  writeFileSync(path('xen'), gunzipSync(readFileSync(xen!.path)));
  writeFileSync(path('kernel'), data);
  writeFileSync(path('initrd'), initramfs(64));
  const qemu = spawn('qemu-system-x86_64', [
    ...[
      '-display',
      'none',
      '-serial',
      'stdio',
      '-monitor',
      'none',
      '-no-reboot',
      '-net',
      'none',
      '-m',
      '1024',
    ],
    ...['-cpu', 'qemu64,-cx16', '-S', '-gdb', `unix:${path('gdb')},server,nowait`],
    ...['-kernel', path('xen'), '-append', 'console=com1 com1=115200,8n1 dom0_mem=512M'],
    ...['-initrd', `${path('kernel')} console=hvc0 earlyprintk=xen panic=-1,${path('initrd')}`],
  ]);
  let console = '';
  qemu.stdout.on('data', (bytes: Buffer) => (console += bytes.toString('latin1')));
  const hypercalls = new Map<string, number>();
  const count = (name: string): void => {
    hypercalls.set(name, (hypercalls.get(name) ?? 0) + 1);
  };
  try {
    const stub = await GdbStub.connect(path('gdb'));
    const breakpoint = `1,${BigInt.asUintN(64, at).toString(16)},1`;
    await stub.ask(`Z${breakpoint}`);
    for (let calls = 0; calls < MOST && !console.includes(userspaceMarker); calls++) {
      if ((await stub.ask('c')) === '') break;
      const registers = await stub.registers();
      const number = Number(registers[RAX]! & 0xffffffffn);
      const operation = Number(registers[RDI]! & 0xffffffffn);
      if (number === MMUEXT_OP) {
        const operations = await stub.read(registers[RDI]!, Number(registers[RSI]! & 0xffn) * 24);
        for (let i = 0; i < operations.length; i += 24) count(nameOf(number, operations.readUInt32LE(i)));
      } else if (number === MULTICALL) {
        const entries = await stub.read(registers[RDI]!, Number(registers[RSI]! & 0xffn) * 64);
        for (let i = 0; i < entries.length; i += 64) {
          if (entries.readUInt32LE(i) !== MMUEXT_OP)
            count(nameOf(entries.readUInt32LE(i), entries.readUInt32LE(i + 16)));
        }
        count('multicall');
      } else count(nameOf(number, operation));
      // Over the breakpoint.
      await stub.ask('s');
    }
    await stub.ask(`z${breakpoint}`);
    void stub.ask('c');
    for (let i = 0; i < 600 && !/halting machine|Panic/.test(console) && qemu.exitCode === null; i++) {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    stub.close();
  } finally {
    qemu.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  }
  return { console, hypercalls };
}

/** What a kernel says, without times and numbers, which differ from machine to machine. */
function lines({ console }: Observed): Set<string> {
  const plain = console
    .split(/\r?\n/)
    .filter((line) => /^\[ *\d+\.\d+\]/.test(line))
    .map((line) =>
      line
        .replace(/^\[[^\]]*\] /, '')
        .replace(/0x[0-9a-f]+|[0-9a-f]{8,}|\d+/g, '#')
        .trim(),
    );
  return new Set(plain);
}

const ours = await onZeropage();
const theirs = await onXen();
const print = (text: string): void => void process.stdout.write(`${text}\n`);

print(
  `userspace: zeropage ${ours.console.includes(userspaceMarker)}, Xen ${theirs.console.includes(userspaceMarker)}`,
);
print('\nhypercall                                     zeropage      Xen');
for (const name of [...new Set([...ours.hypercalls.keys(), ...theirs.hypercalls.keys()])].sort()) {
  const [own, real] = [ours.hypercalls.get(name) ?? 0, theirs.hypercalls.get(name) ?? 0];
  print(
    `${name.padEnd(42)} ${`${own}`.padStart(11)} ${`${real}`.padStart(8)}${own && real ? '' : '   only one'}`,
  );
}
const [said, heard] = [lines(ours), lines(theirs)];
const both = [...said].filter((line) => heard.has(line)).length;
print(
  `\nlines of the console: ${both} the same, ${said.size - both} only here, ${heard.size - both} only on Xen`,
);
for (const line of [...said].filter((one) => !heard.has(one))) print(`  here  ${line}`);
