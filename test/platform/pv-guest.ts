import { chooseWay } from '../../src/boot/choose.js';
import { prepare } from '../../src/boot/prepare.js';
import type { Image } from '../../src/image/image.js';
import { openImage } from '../../src/image/open.js';
import type { Machine } from '../../src/machine/machine.js';
import type { CpuidOptions } from '../../src/machine/x86/cpuid.js';
import type { Arguments } from '../../src/platform/xen/hypercall.js';
import type { PvDomain } from '../../src/platform/xen-pv/domain.js';
import type { XenPvInstance } from '../../src/platform/xen-pv.js';
import { guestImage } from '../../src/stub/guest/image.js';

const PAGE = 4096;

/** A domain at its start of day, and hands to make hypercalls with. */
export class PvGuest {
  /** Virtual address of pages that nothing lies in, behind the boot stack. */
  readonly scratch: bigint;
  console = '';
  /** Pseudo-physical frame of the first scratch page. */
  readonly spare: number;
  /** Entries of the first two scratch pages as they were. */
  readonly home: readonly [bigint, bigint];

  constructor(
    readonly machine: Machine,
    readonly domain: PvDomain,
    readonly instance: XenPvInstance,
  ) {
    this.scratch = machine.cpu.gpr[4]!;
    this.spare = Number(this.frame(this.scratch)) - domain.firstFrame;
    this.home = [this.entry(this.page(0)), this.entry(this.page(1))];
  }

  /** Result of a hypercall, signed. */
  call(number: number, ...args: (bigint | number)[]): number {
    const all = [...args.map(BigInt), 0n, 0n, 0n, 0n, 0n, 0n].slice(0, 6);
    const result = this.domain.hypercall(
      number,
      all.map((value) => BigInt.asUintN(64, value)) as unknown as Arguments,
    );
    return Number(BigInt.asIntN(64, BigInt(result)));
  }

  /** Virtual address of a scratch page. */
  page(n: number): bigint {
    return this.scratch + BigInt(n * PAGE);
  }

  /** Puts 64-bit words at the beginning of a scratch page; returns their address. */
  words(n: number, ...values: (bigint | number)[]): bigint {
    const words = BigUint64Array.from(values.map((value) => BigInt.asUintN(64, BigInt(value))));
    if (!this.domain.guest.write(this.page(n), new Uint8Array(words.buffer)))
      throw new Error('no scratch page');
    return this.page(n);
  }

  /** The same with 32-bit words. */
  halves(n: number, ...values: number[]): bigint {
    const words = Uint32Array.from(values);
    if (!this.domain.guest.write(this.page(n), new Uint8Array(words.buffer)))
      throw new Error('no scratch page');
    return this.page(n);
  }

  read(address: bigint, bytes = 8): DataView {
    const view = this.domain.guest.read(address, bytes);
    if (!view) throw new Error(`0x${address.toString(16)} cannot be read`);
    return view;
  }

  /** Machine address of the L1 entry of a virtual address. */
  entryOf(address: bigint): number {
    return this.domain.tables.entryOf(this.domain.kernelRoot, Number(BigInt.asIntN(64, address) >> 12n));
  }

  entry(address: bigint): bigint {
    return this.domain.machine.memory.guestView.getBigUint64(this.entryOf(address), true);
  }

  /** Machine frame that a virtual address leads to. */
  frame(address: bigint): bigint {
    return (this.entry(address) & 0xffffffffff000n) >> 12n;
  }
}

let opened: Promise<Image> | undefined;

/** The conformance guest's domain, not yet run. */
export async function pvGuest(memory = 16, cpu?: CpuidOptions): Promise<PvGuest> {
  opened ??= openImage(guestImage('elf', ['xen-pv']).file, { name: 'guest' });
  const image = await opened;
  const way = chooseWay(image, 'xen-pv');
  if ('verdict' in way) throw new Error(way.reason);
  let guest: PvGuest | undefined;
  const onConsoleByte = (byte: number): void => {
    if (guest) guest.console += String.fromCharCode(byte);
  };
  const { machine, platform } = await prepare(image, way, { memory, cpu }, { onConsoleByte });
  const instance = platform as XenPvInstance;
  guest = new PvGuest(machine, instance.domain, instance);
  return guest;
}
