import { elfMachine } from '../abi/elf.js';
import { StartError } from '../core/errors.js';
import { isLinux } from '../entry/linux.js';
import { memoryRange, type Place } from '../entry/start/start.js';
import { chosen } from '../entry/start/vary/choices.js';
import { Variant } from '../entry/start/vary/variant.js';
import { type Image, kernelElf, layers } from '../image/image.js';
import { readSymbols } from '../image/symbols/read.js';
import { Machine, type MachineOptions } from '../machine/machine.js';
import type { PlatformDefinition, PlatformInstance } from '../platform/platform.js';
import { platformOf } from '../platform/platforms.js';
import { carriedFor } from './carried.js';
import { platformsOf, type Way } from './choose.js';
import { initramfs } from './init/initramfs.js';
import { joinInitrds } from './initrds.js';
import { type BootOptions, defaultCommandLine, defaultMemory, kernelName } from './options.js';
import { userspaceProof } from './userspace.js';
import { checkWaypoint, WaypointWatch } from './waypoints.js';

/** A machine at an entry's start of day, and what was put where. */
export interface Prepared {
  readonly machine: Machine;
  readonly watch: WaypointWatch;
  readonly commandLine: string;
  readonly platform: PlatformInstance;
  readonly places: readonly Place[];
  /** Whether the guest is a Linux kernel: the generated init is for that. */
  readonly linux: boolean;
}

/** Parts of a machine that do not decide where a boot goes. */
type Wires = Pick<MachineOptions, 'onConsoleByte' | 'wallClockStart'>;

/** Builds the machine and lays out the start of day. Throws StartError when it cannot be as asked. */
export async function prepare(image: Image, way: Way, options: BootOptions, wires: Wires): Promise<Prepared> {
  const { table, problem } = readSymbols(image);
  const linux = isLinux(image);
  const bits = wordBits(image);
  const carried = carriedFor(image, way.layer);
  const initrds = [options.initrd ?? carried.initrd ?? []].flat();
  const given = initrds.length > 0 ? joinInitrds(initrds) : undefined;
  const userspace = linux ? userspaceProof(given ? 'foreign' : bits, table) : undefined;
  if (options.until !== undefined) {
    checkWaypoint({ name: options.until, entry: way.definition.id, symbols: table, problem, userspace });
  }
  const start = await way.definition.start();
  const definition = choosePlatform(way, options);
  const { variation } = options;
  const variant = variation && new Variant(variation.seed, chosen(way.definition.freedom, variation.choices));
  const machine = createMachine(options, wires, definition, variant);
  const { memory = defaultMemory } = options;
  const platform = definition.attach(machine, memory, { onConsoleByte: () => {}, ...wires });
  const watch = new WaypointWatch(machine, table, options.until, userspace);
  const usual = linux
    ? [
        carried.commandLine ?? definition.commandLine ?? defaultCommandLine,
        ...machine.chipset.kernelParameters,
      ]
    : [carried.commandLine ?? (way.definition.namesKernel ? kernelName : undefined)];
  const beginning = options.commandLine === undefined ? usual : [options.commandLine];
  const commandLine = [...beginning, options.append].filter(Boolean).join(' ');
  variant?.before(machine);
  const places = start(machine, way.layer, way.claim, {
    commandLine,
    initrd: given ?? (linux ? initramfs(bits) : undefined),
    initrds: given && initrds,
    modules: options.modules,
    commandLineMax: commandLineMax(image, linux),
    subarch: options.subarch,
    subarchData: options.subarchData,
    platform,
    variant,
  });
  variant?.after(machine);
  return { machine, watch, commandLine, platform, places, linux };
}

/** COMMAND_LINE_SIZE of Linux on x86 (arch/x86/include/asm/setup.h), without the NUL. */
const LINUX_COMMAND_LINE = 2047;

function commandLineMax(image: Image, linux: boolean): number | undefined {
  const stated = layers(image).find(({ formats }) => formats.bzimage)?.formats.bzimage?.header.cmdline_size;
  return linux ? Number(stated ?? 0) || LINUX_COMMAND_LINE : undefined;
}

/** What programs a kernel runs: by its machine, as a 64-bit kernel may stand in an ELF32 file too. */
function wordBits(image: Image): 32 | 64 {
  return kernelElf(image)?.formats.elf.machine === elfMachine.EM_386 ? 32 : 64;
}

function choosePlatform(way: Way, { platform }: BootOptions): PlatformDefinition {
  const possible = platformsOf(way.definition);
  if (platform !== undefined && !possible.includes(platform)) {
    throw new StartError(
      `${way.definition.id} cannot be entered on the platform ${platform}`,
      `it can on ${possible.join(', ')}`,
    );
  }
  return platformOf(platform ?? possible[0]!);
}

function createMachine(
  options: BootOptions,
  wires: Wires,
  platform: PlatformDefinition,
  variant: Variant | undefined,
): Machine {
  const { memory = defaultMemory, chipset, devices, instructions, translate, traced } = options;
  const { least, most } = memoryRange;
  if (!Number.isInteger(memory) || memory < least || memory > most) {
    throw new StartError(`a machine has ${least} to ${most} MiB of memory, not ${memory}`);
  }
  try {
    const { cpu: asked = {} } = options;
    const cpu = variant?.cpu(asked) ?? asked;
    const made = platform.machine?.(cpu, memory) ?? { extraMemory: 0, cpu };
    return new Machine({
      memory: memory + made.extraMemory,
      chipset: chipset ?? made.chipset,
      devices,
      cpu: made.cpu,
      instructions,
      translate,
      traced,
      ...wires,
    });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new StartError(
      `this host cannot give a machine ${memory} MiB: ${error.message}`,
      'try a smaller -m',
    );
  }
}
