import { beforeAll, describe, expect, test } from 'vitest';
import { setupHeader } from '../../src/abi/setup-header.js';
import { CR0 } from '../../src/abi/x86/control-registers.js';
import { FLAG } from '../../src/abi/x86/flags.js';
import { boot } from '../../src/boot/boot.js';
import { entries, offers } from '../../src/entry/entries.js';
import type { Image } from '../../src/image/image.js';
import { openImage } from '../../src/image/open.js';
import type { Machine } from '../../src/machine/machine.js';
import type { ValueCheck } from '../../src/stub/guest/check.js';
import { checks } from '../../src/stub/guest/checks/checks.js';
import { guestImage } from '../../src/stub/guest/image.js';
import { conformanceMarker } from '../../src/stub/guest/runner.js';
import { wholeHash } from '../machine/whole-hash.js';

let guest: Image;
beforeAll(async () => {
  guest = await openImage(guestImage().file, { name: 'conformance guest' });
});

/** Entries the guest has and the machine can be started through. */
const bootable = entries.filter(({ id, start }) => start && id in checks).map(({ id }) => id);

describe('the conformance guest', () => {
  test('offers every entry it has stubs for', () => {
    const offered = offers(guest).filter((offer) => offer.offered);
    expect(offered.map(({ id }) => id)).toEqual(
      expect.arrayContaining(['linux16', 'linux32', 'linux64', 'pvh', 'multiboot', 'multiboot2']),
    );
  });

  test.each(bootable)('%s: every claim holds on our machine, with a module and without', async (entry) => {
    for (const initrd of [undefined, new Uint8Array(5000).fill(0x5a)]) {
      let machine: Machine | undefined;
      const onMachine = (made: Machine): void => {
        machine = made;
      };
      const result = await boot(guest, { entry, initrd, memory: 64 }, { onMachine });
      expect(result.hash).toBe(wholeHash(machine!));
      expect(result.console.split('\r\n').filter((line) => line.startsWith('not ok'))).toEqual([]);
      expect(result.console).toMatch(
        /^KTAP version 1\r\n# entry \S+, hypervisor (?:none|xen), guest \w+\r\n1\.\.\d+\r\n/,
      );
      expect(result.console).toContain(conformanceMarker);
      expect([result.verdict, result.stop]).toEqual(['reached', 'power-off']);
    }
  });
});

/** Registers by their number in the machine. */
const registers: Readonly<Record<string, number>> = { rax: 0, rbx: 3, rbp: 5, rsi: 6, rdi: 7 };
/** The register in which an entry is given its structure: damage to it would show in every other check. */
const pointers: Readonly<Record<string, string>> = { pvh: 'rbx', multiboot: 'rbx', multiboot2: 'rbx' };
const fieldNames: Readonly<Record<number, string>> = { 0: 'rax', 24: 'rbx', 40: 'rbp', 48: 'rsi', 56: 'rdi' };
/** The guest uses these before it can say anything. */
const fatal = ['the command line lies below 4 GiB', 'there is a memory map', 'code32_start is where'];

/** A value that fails a check, or undefined where only such a value would end the guest first. */
function wrong({ comparison, value, mask }: ValueCheck): bigint {
  if (comparison === 'equal') return (value ^ (mask & -mask)) & 0xffffffffffffffffn;
  if (comparison === 'at-least') return value - 1n;
  return value;
}

/** Segment registers that the setup code of linux16 looks at, by the beginning of the check's name. */
const realSegments = { 'CS is': 'cs', 'ES is': 'es', 'FS is': 'fs', 'GS is': 'gs', 'SS is': 'ss' } as const;
/** What its loader fills in is in the file's header, all else the setup code's own. */
const isSetupHeader = ({ offset }: ValueCheck): boolean =>
  offset >= setupHeader.fields.setup_sects.offset && offset <= setupHeader.fields.kernel_info_offset.offset;
const isRealMode = ({ name }: ValueCheck): boolean =>
  name === 'EFLAGS.IF is clear' || Object.keys(realSegments).some((start) => name.startsWith(start));

/** What a loader of linux16 does wrong: a segment is the one before, interrupts are on, a field of the header. */
function damageRealMode({ cpu, memory }: Machine, check: ValueCheck): void {
  const wrongSegment = Object.entries(realSegments).find(([start]) => check.name.startsWith(start))?.[1];
  if (wrongSegment) {
    const segment = cpu.segment[wrongSegment];
    segment.value = { ...segment.value, selector: segment.selector - 1, base: segment.base - 16n };
  } else if (check.name === 'EFLAGS.IF is clear') cpu.flags |= FLAG.IF;
  else {
    const at = Number(cpu.segment.ds.base) + check.offset;
    memory.ram(at, check.size).fill(Number(wrong(check) & 0xffn));
  }
}

/** Gives the guest a wrong value where a check looks, just before its first instruction. */
function damage(machine: Machine, pointer: number, check: ValueCheck): void {
  if (!(machine.cpu.cr0 & CR0.PE)) {
    damageRealMode(machine, check);
    return;
  }
  const bad = wrong(check);
  if (check.source === 'state') {
    machine.cpu.gpr[registers[fieldNames[check.offset]!]!] = bad;
    return;
  }
  // The pointer of a paravirtual guest is a virtual address.
  const linear = Number(machine.cpu.gpr[pointer]) + check.offset;
  const at = machine.cpu.walker.peek(linear >>> 12)! * 4096 + (linear & 0xfff);
  const bytes = machine.memory.ram(at, check.size);
  const view = new DataView(bytes.buffer, bytes.byteOffset, check.size);
  const old = check.size === 8 ? view.getBigUint64(0, true) : BigInt(read(view, check.size));
  const value = (old & ~check.mask) | (bad & check.mask);
  for (let i = 0; i < check.size; i++) view.setUint8(i, Number((value >> BigInt(8 * i)) & 0xffn));
}

const read = (view: DataView, size: number): number =>
  size === 1 ? view.getUint8(0) : size === 2 ? view.getUint16(0, true) : view.getUint32(0, true);

describe('a loader that does it wrong is found out', () => {
  test.each(bootable)('%s: every check of a value can fail', async (entry) => {
    const pointerName = pointers[entry] ?? 'rsi';
    const list = checks[entry as keyof typeof checks]!;
    const damageable = list.filter(
      (check): check is ValueCheck =>
        !('routine' in check) &&
        !fatal.some((name) => check.name.startsWith(name)) &&
        (entry !== 'linux16' || isRealMode(check) || isSetupHeader(check)) &&
        (check.source === 'data' || (check.offset in fieldNames && fieldNames[check.offset] !== pointerName)),
    );
    expect(damageable.length).toBeGreaterThan(2);
    for (const check of damageable) {
      const result = await boot(
        guest,
        { entry, memory: 64, budget: 50e6 },
        { onMachine: (machine) => damage(machine, registers[pointerName]!, check) },
      );
      const failed = result.console.split('\r\n').filter((line) => line.startsWith('not ok'));
      expect([check.name, failed.join('\n')]).toEqual([check.name, expect.stringContaining(check.name)]);
      expect(result.verdict).toBe('failed');
    }
  });

  /** Changes to the memory map of the zero page, and what must be said about it. */
  const maps: readonly (readonly [string, (view: DataView) => void, string])[] = [
    [
      'RAM over what is reserved',
      (view) => view.setBigUint64(0x2d0 + 20, 0x9f000n, true),
      'overlaps another',
    ],
    ['RAM that is not there', (view) => view.setBigUint64(0x2d0 + 8, 0x20000000n, true), 'overlaps another'],
    [
      'a range around the end of the address space',
      (view) => {
        view.setBigUint64(0x2d0 + 20, 0xfffffffffffff000n, true);
        view.setBigUint64(0x2d0 + 28, 0x2000n, true);
      },
      'wraps around',
    ],
    [
      'no RAM',
      (view) => {
        for (let i = 0; i < 16; i++) view.setUint32(0x2d0 + i * 20 + 16, 2, true);
      },
      'has RAM',
    ],
  ];
  test.each(maps)('memory map: %s', async (_, change, name) => {
    const result = await boot(
      guest,
      { entry: 'linux64', memory: 64, budget: 50e6 },
      {
        onMachine: (machine) => {
          const page = machine.memory.ram(Number(machine.cpu.gpr[6]), 0x1000);
          change(new DataView(page.buffer, page.byteOffset, page.length));
        },
      },
    );
    expect(result.console).toMatch(new RegExp(`^not ok \\d+ .*${name}`, 'm'));
  });
});
