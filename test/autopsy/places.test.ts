import { describe, expect } from 'vitest';
import { performAutopsy } from '../../src/autopsy/autopsy.js';
import { FlightRecorder } from '../../src/autopsy/flight-recorder.js';
import { logText, readKernelLog } from '../../src/autopsy/kernel-log.js';
import { KernelMap } from '../../src/autopsy/kernel-map.js';
import { chooseWay } from '../../src/boot/choose.js';
import type { BootOptions } from '../../src/boot/options.js';
import { prepare } from '../../src/boot/prepare.js';
import type { Image } from '../../src/image/image.js';
import { openImage } from '../../src/image/open.js';
import { corpusTest } from '../outside.js';

const images = new Map<string, Promise<Image>>();

/** Each kernel is unpacked once; its bytes are read anew for every test. */
function opened(data: Uint8Array): Promise<Image> {
  const key = `${data.length} ${data.subarray(0x200, 0x400).join()}`;
  if (!images.has(key)) images.set(key, openImage(data));
  return images.get(key)!;
}

/** A boot that can be looked at wherever it is. */
async function running(data: Uint8Array, options: BootOptions) {
  const image = await opened(data);
  const way = chooseWay(image, options.entry);
  if ('verdict' in way) throw new Error(way.reason);
  let console = '';
  const { machine, watch } = await prepare(image, way, options, {
    onConsoleByte: (byte) => {
      console += String.fromCharCode(byte);
    },
  });
  const recorder = new FlightRecorder(machine);
  return {
    machine,
    watch,
    recorder,
    /** Complete lines. */
    lines: () => console.split('\r\n').slice(0, -1),
    map: () => new KernelMap(image, machine, recorder),
    autopsy: () => performAutopsy(machine, image, recorder, { stop: 'budget', console, linux: true }),
    /** Runs to a waypoint, and a little further. */
    to: (name: string, further: number) => {
      watch.onReached = (waypoint) => {
        if (waypoint.name === name) machine.stop();
      };
      expect(machine.run(300e6)).toBe('stopped');
      machine.run(machine.cpu.now + further);
    },
  };
}

describe('where the kernel is', () => {
  corpusTest('from decompressor to KASLR', 'debian-12-cloud-amd64', [], async ({ data }) => {
    const boot = await running(data, { entry: 'linux64' });
    boot.machine.run(50e6);
    const packed = boot.autopsy();
    expect(packed.function).toMatch(/^decompressor\+0x/);
    // The code that moved itself is overwritten, and still known to have been the decompressor.
    expect(packed.lastFunctions.map(({ function: name }) => name)).toEqual(['decompressor']);
    expect(packed.log).toEqual([]);

    boot.to('startup_64', 500);
    const early = boot.autopsy();
    expect(boot.map().place).toMatchObject({ slide: 0n });
    expect(BigInt(early.rip)).toBeLessThan(1n << 32n);
    const names = early.lastFunctions.map(({ function: name }) => name);
    expect(names.slice(0, 1)).toEqual(['decompressor']);
    expect(names).toEqual(expect.arrayContaining(['startup_64', 'verify_cpu']));

    boot.to('start_kernel', 20_000);
    const { place } = boot.map();
    expect(boot.watch.slide).toBeGreaterThan(0n);
    expect(place!.slide).toBe(boot.watch.slide);
    expect(place!.physicalSlide! % 0x200000n).toBe(0n);
    // The page tables agree with what physical memory holds.
    const stext = boot.map().find('_stext')!;
    const frame = boot.machine.cpu.walker.peek(Number(BigInt.asIntN(64, stext) >> 12n))!;
    expect(BigInt(frame) * 4096n - place!.physicalSlide!).toBe(0x1000000n);
    expect(boot.autopsy().stack.map(({ function: name }) => name.replace(/\+.*/, ''))).toContain(
      'start_kernel',
    );
    expect(boot.autopsy().log[0]).toContain('Linux version 6.1.');
  });

  corpusTest('i386, with a slide of its own', 'debian-11-686-pae', [], async ({ data }) => {
    const boot = await running(data, { entry: 'pvh' });
    boot.machine.run(100);
    // Before paging: physical addresses, 0xc0000000 below.
    expect(boot.autopsy()).toMatchObject({ mode: 'kernel, 32-bit, paging off' });
    expect(boot.map().name(0x10002e0n)).toBe('pvh_start_xen');
    expect(boot.map().name(0xc10002e0n)).toBe('pvh_start_xen');
    boot.to('start_kernel', 100_000);
    const { stack, mode } = boot.autopsy();
    expect(mode).toBe('kernel, 32-bit');
    const names = stack.map(({ function: name }) => name.replace(/\+.*/, ''));
    expect(names.slice(-3)).toEqual(['start_kernel', 'i386_start_kernel', 'startup_32_smp']);
  });

  corpusTest('a program has no kernel stack', 'debian-13-cloud-amd64', [], async ({ data }) => {
    const boot = await running(data, { entry: 'pvh' });
    boot.machine.run(25_000);
    expect(boot.autopsy().stack).not.toEqual([]);
    boot.machine.cpu.setCpl(3);
    expect(boot.autopsy().stack).toEqual([]);
    expect(boot.autopsy().mode).toBe('program, 64-bit');
  });

  corpusTest('under page tables that do not map it', 'debian-13-cloud-amd64', [], async ({ data }) => {
    const boot = await running(data, { entry: 'pvh' });
    boot.machine.run(40e6);
    const before = boot.autopsy();
    const { slide, physicalSlide } = boot.map().place!;
    // Page tables without anything in them.
    boot.machine.memory.ram(0x9000, 4096).fill(0);
    boot.machine.cpu.setCr3(0x9000n);
    expect(boot.map().place).toMatchObject({ slide, physicalSlide });
    expect(boot.autopsy().function).toBe(before.function);
    expect(boot.autopsy().code).toBeNull();
    // The ring's descriptors lie in the image; where the ring was moved to memory of its own, nothing can be read.
    expect(boot.autopsy().log).toEqual(before.log);
  });
});

describe("the kernel's log", () => {
  for (const id of ['debian-11-cloud-amd64', 'debian-12-cloud-amd64', 'debian-13-cloud-amd64']) {
    corpusTest('is what the console shows', id, [], async ({ data }) => {
      const boot = await running(data, { entry: 'pvh' });
      boot.machine.run(40e6);
      const log = readKernelLog(boot.map());
      const texts = log.map(logText);
      expect(log.length).toBeGreaterThan(40);
      expect(texts[0]).toMatch(/^\[ {4}0\.000000\] Linux version /);
      expect(log.every(({ level, time }) => level! <= 7 && time! >= 0)).toBe(true);
      // What early_printk() says of itself has no time, and is in no log.
      const shown = boot.lines().filter((line) => line.startsWith('['));
      expect(shown.length).toBeGreaterThan(30);
      expect(shown.filter((line) => !texts.includes(line))).toEqual([]);
    });
  }

  corpusTest('without symbols for data', 'debian-11-686-pae', [], async ({ data }) => {
    const boot = await running(data, { entry: 'pvh' });
    boot.machine.run(40e6);
    const texts = readKernelLog(boot.map()).map(logText);
    expect(texts[0]).toMatch(/^Linux version 5\.10/);
    const shown = boot
      .lines()
      .filter((line) => line.startsWith('['))
      .map((line) => line.replace(/^\[ *[\d.]+\] /, ''));
    expect(shown.length).toBeGreaterThan(30);
    expect(shown.filter((line) => !texts.includes(line))).toEqual([]);
  });
});
