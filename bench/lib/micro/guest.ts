import {
  LINUX_REBOOT_CMD_POWER_OFF,
  LINUX_REBOOT_MAGIC1,
  LINUX_REBOOT_MAGIC2,
  TCSBRK,
} from '../../../src/boot/init/program.js';
import { Assembler } from '../../../src/stub/assembler/assembler.js';
import * as o from '../../../src/stub/assembler/operands.js';
import { byte, imm, type Label, label, mem, qword } from '../../../src/stub/assembler/operands.js';
import { elfImage } from '../../../src/stub/image/elf-image.js';
import {
  type Benchmark,
  copySize,
  loadGenerator,
  messageSize,
  nextRandom,
  type Places,
} from './benchmark.js';
import { systemCall } from './linux.js';

export interface GuestOptions {
  readonly benchmarks: readonly Benchmark[];
  /** How often each is run, as its table says unless told. */
  readonly iterations?: (benchmark: Benchmark) => number;
  /** What happens at the end: init switches the machine off, a program on the host exits. Default 'power-off'. */
  readonly ending?: 'power-off' | 'exit';
}

/** A line of the guest: which benchmark begins, or ends with which checksum, in hexadecimal digits. */
export interface Marker {
  readonly name: string;
  /** Of one that ended. */
  readonly checksum?: string;
}

/** For the kernel's command line: else RSA and ECDSA are tested while the first benchmarks run. */
export const quietKernel = 'cryptomgr.notests';

const PREFIX = 'zeropage-bench';
const PAGE = 4096;
const STDOUT = 1;
/** Seconds. */
const SETTLE = 1;
/** Where static programs are linked by custom. */
const base = 0x400000n;

/** What a line of the console says; undefined when it is not the guest's. */
export function markerOf(line: string): Marker | undefined {
  const found = /^zeropage-bench (\S+) (?:begin|end ([0-9a-f]+))\r?$/.exec(line);
  return found ? { name: found[1]!, checksum: found[2] } : undefined;
}

/**
 * A static x86-64 program for Linux that runs benchmarks one after the other. It says on standard output when each begins, and with
 * which checksum it ended. All that it prints has left the UART before the next begins. As init it first sleeps for a second.
 */
export function guestProgram({ benchmarks, iterations, ending = 'power-off' }: GuestOptions): Uint8Array {
  const a = new Assembler();
  const { code: c } = a;
  const places: Places = {
    checksum: label('checksum'),
    source: label('source'),
    target: label('target'),
    message: label('message'),
    scratch: label('scratch'),
  };
  if (ending === 'power-off') {
    // The kernel's own threads may not be done when it starts init.
    c.mov(qword(places.scratch), imm(SETTLE));
    c.mov(qword({ ...places.scratch, plus: 8 }), imm(0));
    systemCall(c, 'nanosleep', places.scratch, 0);
  }
  const drain = (): void => systemCall(c, 'ioctl', STDOUT, TCSBRK, 1);
  const texts: [Label, string][] = [];
  const print = (text: string): void => {
    const at = a.local('text');
    texts.push([at, text]);
    systemCall(c, 'write', STDOUT, at, text.length);
  };

  fill(a, places.source, copySize);
  fill(a, places.message, messageSize);
  for (const benchmark of benchmarks) {
    const { name, checksumSize = 8 } = benchmark;
    drain();
    print(`${PREFIX} ${name} begin\n`);
    c.mov(o.EDI, imm(iterations?.(benchmark) ?? benchmark.iterations));
    c.call(label(name));
    print(`${PREFIX} ${name} end `);
    c.mov(o.ECX, imm(checksumSize));
    c.call(label('put_digits'));
    systemCall(c, 'write', STDOUT, places.scratch, checksumSize * 2 + 1);
  }
  drain();
  if (ending === 'exit') systemCall(c, 'exit', 0);
  else systemCall(c, 'reboot', LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2, LINUX_REBOOT_CMD_POWER_OFF);

  writeDigits(a, places);
  for (const benchmark of benchmarks) {
    // None of its loops shall straddle two pages by chance.
    a.align(PAGE, 0xcc);
    a.label(benchmark.name);
    benchmark.write(a, places);
  }
  for (const [at, text] of texts) {
    a.at(at);
    a.bytes(new TextEncoder().encode(text));
  }
  // What is written to must not share a page with code.
  a.align(PAGE);
  a.label('bss');
  for (const [name, size] of [
    ['checksum', PAGE],
    ['scratch', PAGE],
    ['source', copySize],
    // Between them, so that they do not lie in the same places of a TLB that takes the low bits of the page's number.
    ['message', messageSize + PAGE],
    ['target', copySize],
  ] as const) {
    a.label(name);
    a.space(size);
  }

  const program = a.assemble(base);
  const content = program.bytes.subarray(0, Number(program.address('bss') - base));
  return elfImage({
    address: base,
    content,
    segments: [{ offset: 0, size: content.length, memorySize: program.bytes.length }],
    notes: [],
    entry: base,
  });
}

/** Fills memory with random numbers. */
function fill(a: Assembler, place: Label, size: number): void {
  const { code: c } = a;
  const loop = a.local('loop');
  c.lea(o.RDI, mem(place));
  loadGenerator(a);
  c.mov(o.EDX, imm(size / 8));
  a.at(loop);
  nextRandom(a);
  c.mov(qword(o.RDI), o.RAX);
  c.add(o.RDI, imm(8));
  c.dec(o.EDX);
  c.jne(loop);
}

/** Routine `put_digits`: ECX bytes of the checksum as hexadecimal digits and a line's end, in the scratch memory. */
function writeDigits(a: Assembler, { checksum, scratch }: Places): void {
  const { code: c } = a;
  const loop = a.local('loop');
  a.part('put_digits', () => {
    c.lea(o.RSI, mem(checksum));
    c.lea(o.RDI, mem(scratch));
    c.lea(o.RBX, mem(label('digits')));
    a.at(loop);
    c.movzx(o.EDX, byte(o.RSI));
    for (const shift of [4, 0]) {
      c.mov(o.EAX, o.EDX);
      if (shift > 0) c.shr(o.EAX, imm(shift));
      c.and(o.EAX, imm(15));
      c.mov(o.AL, byte(o.RBX, 0, o.RAX));
      c.stosb();
    }
    c.inc(o.RSI);
    c.dec(o.ECX);
    c.jne(loop);
    c.mov(byte(o.RDI), imm(0x0a));
    c.ret();
  });
  a.label('digits');
  a.bytes(new TextEncoder().encode('0123456789abcdef'));
}
