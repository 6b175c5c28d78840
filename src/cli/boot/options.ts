import { type Command, Option } from 'commander';
import type { Expectation } from '../../boot/expectations.js';
import { type BootOptions, defaultCommandLine, defaultMemory, kernelName } from '../../boot/options.js';
import { waypointNames } from '../../boot/waypoints.js';
import type { Variation } from '../../entry/start/vary/choice.js';
import { type ChipsetId, chipsetIds } from '../../machine/chipset/create.js';
import { type ExtraDevice, extraDeviceIds } from '../../machine/chipset/extra-devices.js';
import { type CpuidOptions, cpuidProfiles } from '../../machine/x86/cpuid.js';
import { cpuOptions } from './cpu.js';
import { readInitrd, readModule } from './files.js';
import {
  exitStatus,
  expectation,
  extraDeviceList,
  instructionCount,
  mebibytes,
  positive,
  seconds,
  subarch,
  variation,
} from './values.js';

/** Options that say what to boot on what; shared by the commands that boot. */
export interface MachineOptions {
  initrd?: string[];
  module?: string[];
  cmdline?: string;
  append?: string;
  memory?: number;
  cpu?: CpuidOptions;
  chipset?: ChipsetId;
  device?: ExtraDevice[];
  subarch?: Pick<BootOptions, 'subarch' | 'subarchData'>;
  until?: string;
  expect?: Expectation[];
  expectExit?: number;
  budget?: number;
  /** Seconds. */
  timeLimit?: number;
  /** False: `--no-translate`. */
  translate?: boolean;
}

export function addMachineOptions(command: Command): Command {
  return command
    .option(
      '--initrd <file>',
      'initrd, or first module; several are joined; without one, a tiny init of our own (not through Multiboot)',
      gathered,
    )
    .option(
      '--module <file [args]>',
      'further module with its string, through pvh, multiboot, multiboot2; can be given several times',
      gathered,
    )
    .option('--cmdline <text>', 'the command line, in place of the default one')
    .option('--append <text>', 'put behind the default command line')
    .option(
      '-m, --memory <size>',
      `memory in MiB, or with a suffix as in 2G (default: ${defaultMemory})`,
      mebibytes,
    )
    .option(
      '--cpu <profile>',
      `${Object.keys(cpuidProfiles).join(', ')}; see below (default: x86-64)`,
      cpuOptions,
    )
    .addOption(
      new Option('--chipset <name>', 'the machine around the processor (default: pc)').choices(chipsetIds),
    )
    .option(
      '--device <name>',
      `plug in ${extraDeviceIds.join(', ')}; can be given several times`,
      extraDeviceList,
    )
    .option('--subarch <n[:data]>', 'hardware_subarch and hardware_subarch_data of the zero page', subarch)
    .option('--until <waypoint>', 'stop at a waypoint or function of the kernel')
    .option(
      '--expect <text>',
      'succeed when the guest says this, a text or a /regular expression/; can be given several times',
      (text: string, before: Expectation[] = []): Expectation[] => [...before, expectation(text)],
    )
    .option('--expect-exit <n>', 'succeed when the guest ends with this exit status', exitStatus)
    .option(
      '--budget <n>',
      'give up after so many instructions, idle time included (default: 20G)',
      instructionCount,
    )
    .option('--time-limit <seconds>', 'give up after so long, as the host counts (default: never)', seconds)
    .option('--no-translate', 'interpret hot code too: slower, with the same result');
}

/** Of commands that boot once. */
export interface VariationOptions {
  vary?: Variation;
}

export function addVariationOption(command: Command): Command {
  return command.option(
    '--vary <seed[:choices]>',
    "make what the entry's ABI leaves open otherwise: registers, memory and more; see docs/boot.md",
    variation,
  );
}

/** Of commands that boot side by side. */
export interface PoolOptions {
  jobs?: number;
}

export function addPoolOptions(command: Command): Command {
  return command.option('-j, --jobs <n>', 'boots at a time (default: one a processor)', positive);
}

/** Values of an option that can be given several times. */
const gathered = (text: string, before: string[] = []): string[] => [...before, text];

/** Reads initrds and modules. */
export function bootOptionsOf(options: MachineOptions): BootOptions {
  const { initrd, module, cmdline, append, memory, cpu, chipset, device, budget, translate } = options;
  const { until, expect, expectExit } = options;
  return {
    ...options.subarch,
    initrd: initrd?.map(readInitrd),
    modules: module?.map(readModule),
    commandLine: cmdline,
    append,
    memory,
    cpu,
    chipset,
    devices: device,
    until,
    expect,
    expectExit,
    budget,
    translate,
  };
}

export const machineHelp = `
Linux's command line begins with "${defaultCommandLine}"; what --append gives comes behind and prevails.
A unified kernel image (UKI) brings its own command line and initrd (.cmdline, .ucode, .initrd), which are taken instead.
Other kernels get what --append gives alone, through Multiboot behind "${kernelName}".
A processor is PROFILE[,vendor=amd|intel|TEXT][,family=N][,model=N][,stepping=N][,+FEATURE][,-FEATURE].
Waypoints: ${waypointNames.join(', ')}.`;
