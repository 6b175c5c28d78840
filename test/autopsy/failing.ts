import { type Autopsy, performAutopsy } from '../../src/autopsy/autopsy.js';
import { FlightRecorder } from '../../src/autopsy/flight-recorder.js';
import { chooseWay } from '../../src/boot/choose.js';
import type { BootOptions } from '../../src/boot/options.js';
import { prepare } from '../../src/boot/prepare.js';
import { StuckWatch } from '../../src/boot/stuck.js';
import type { WaypointWatch } from '../../src/boot/waypoints.js';
import { type Image, kernelElf } from '../../src/image/image.js';
import { openImage } from '../../src/image/open.js';
import { readSymbols } from '../../src/image/symbols/read.js';
import type { Machine } from '../../src/machine/machine.js';

/** A machine at its start of day, to be broken. */
export interface Lab {
  readonly machine: Machine;
  /** Overwrites the kernel in memory at a symbol, as far as it lies where it was linked. */
  readonly patch: (symbol: string, ...bytes: number[]) => void;
  /** Physical address of a symbol. */
  readonly physical: (symbol: string) => number;
}

export interface Failure {
  readonly autopsy: Autopsy;
  readonly machine: Machine;
  readonly image: Image;
  readonly recorder: FlightRecorder;
  readonly watch: WaypointWatch;
  readonly stop: string;
  readonly console: string;
}

const images = new Map<Uint8Array, Promise<Image>>();
const slice = 5e6;

/** Boots an image that is not to arrive, and performs the autopsy. Each file is opened once. */
export async function failure(
  data: Uint8Array,
  options: BootOptions,
  sabotage: (lab: Lab) => void = () => {},
): Promise<Failure> {
  if (!images.has(data)) images.set(data, openImage(data));
  const image = await images.get(data)!;
  const way = chooseWay(image, options.entry);
  if ('verdict' in way) throw new Error(way.reason);
  let console = '';
  const { machine, watch } = await prepare(image, way, options, {
    onConsoleByte: (byte) => {
      console += String.fromCharCode(byte);
    },
  });
  const recorder = new FlightRecorder(machine);
  const stuck = new StuckWatch(machine, recorder);
  sabotage(labOf(machine, image));
  const { budget = 50e6 } = options;
  let stop = 'budget';
  while (stop === 'budget' && machine.cpu.now < budget) {
    stop = machine.run(Math.min(budget, machine.cpu.now + slice));
    if (stop === 'budget' && stuck.isStuck(console)) stop = 'stuck';
  }
  const autopsy = performAutopsy(machine, image, recorder, {
    stop,
    console,
    linux: true,
  });
  return { autopsy, machine, image, recorder, watch, stop, console };
}

function labOf(machine: Machine, image: Image): Lab {
  const physical = (symbol: string): number => {
    const elf = kernelElf(image)!;
    const address = readSymbols(elf).table!.find(symbol);
    const segment = elf.formats.elf.segments.find(
      ({ vaddr, memSize }) => address !== undefined && address >= vaddr && address < vaddr + memSize,
    );
    if (!segment) throw new Error(`no symbol ${symbol}`);
    return Number(address! - segment.vaddr + segment.paddr);
  };
  return {
    machine,
    physical,
    patch: (symbol, ...bytes) => machine.memory.ram(physical(symbol), bytes.length).set(bytes),
  };
}

/** Functions of a stack without offsets. */
export function functions({ stack }: Autopsy): string[] {
  return stack.map(({ function: name }) => name.replace(/\+0x[0-9a-f]+$/, ''));
}
