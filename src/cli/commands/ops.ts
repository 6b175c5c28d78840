import { type Command, Option } from 'commander';
import { waypointNames } from '../../boot/waypoints.js';
import { compareOps } from '../../compare/ops.js';
import { ImageError } from '../../core/errors.js';
import { isLinux } from '../../entry/linux.js';
import { openImage } from '../../image/open.js';
import { isRecording } from '../../trace/file.js';
import { addMachineOptions, addPoolOptions, machineHelp } from '../boot/options.js';
import { type PathOptions, recordPaths } from '../boot/paths.js';
import { entryList, nameList, platformList } from '../boot/values.js';
import type { Example } from '../commands.js';
import { EXIT } from '../exit.js';
import { CommandFailure } from '../failure.js';
import { type Input, readInput } from '../input.js';
import { functionNames, linkedOrExplained } from '../linked.js';
import { print, printJson } from '../output.js';
import { terminal } from '../terminal.js';

interface Options extends PathOptions {
  at?: string[];
  differences?: boolean;
  json?: boolean;
}

const usually: readonly string[] = ['start_kernel', 'userspace'];

/** `zeropage ops IMAGE|RECORDING…` */
export function define(command: Command): void {
  command
    .argument(
      '<files...>',
      'kernels, which are booted, recordings (zeropage trace -o), or one guest or boot module with op tables; "-" reads standard input',
    )
    .option('--entry <ids>', 'boot a kernel through these (default: all that can be)', entryList)
    .option('--platform <ids>', 'on these (default: as usual for each entry)', platformList)
    .option('--at <waypoints>', `what the tables are at these (default: ${usually.join(',')})`, nameList)
    .option('--differences', 'only what is not the same on all paths; of one path, not as in the image');
  addPoolOptions(addMachineOptions(command))
    .addOption(new Option('--json', 'JSON after schema/ops.schema.json'))
    .option('-q, --quiet', 'no progress')
    .action(async (files: string[], options: Options) => {
      const inputs = files.map(readInput);
      if (inputs.length === 1 && !(await isKernel(inputs[0]!))) await guestTables(inputs[0]!);
      else await kernelTables(inputs, options);
    });
}

async function isKernel({ name, data }: Input): Promise<boolean> {
  if (isRecording(data)) return true;
  try {
    return isLinux(await openImage(data, { name }));
  } catch (error) {
    if (error instanceof ImageError) return false;
    throw error;
  }
}

/** The tables that a guest of this project declares. */
async function guestTables(input: Input): Promise<void> {
  const result = linkedOrExplained(input);
  if (!result) return;
  const { operations } = result;
  if (!operations) {
    throw new CommandFailure(
      'there are no op tables in this file, and no kernel that has some',
      'declare them with include/zeropage/op-table.h',
      input.name,
    );
  }
  const { linkText } = await import('../../report/text/link.js');
  await print(linkText({ operations, problems: [] }, terminal(), await functionNames(input)));
}

/** Those of booted kernels. */
async function kernelTables(inputs: readonly Input[], options: Options): Promise<void> {
  const { at = usually, differences, json } = options;
  const others = at.filter((name) => !(waypointNames as readonly string[]).includes(name));
  if (others.length > (options.until === undefined ? 1 : 0)) {
    throw new CommandFailure(
      `a boot stops at one function that is no waypoint, and there are ${others.join(', ')}`,
      `ask for one at a time; the waypoints are ${waypointNames.join(', ')}`,
    );
  }
  process.exitCode = EXIT.unfinished;
  const until = options.until ?? others[0] ?? lastOf(at);
  const recordings = await recordPaths(inputs, { ...options, until });
  if (recordings === undefined) return;
  const report = compareOps(recordings, at);
  if (json) await printJson(report);
  else {
    const { kernelOpsText } = await import('../../report/text/kernel-ops.js');
    await print(kernelOpsText(report, { differences }, terminal()));
  }
  const isThere = report.at.every(({ instructions }) =>
    Object.values(instructions).every((instruction) => instruction !== null),
  );
  const hasTables = report.paths.every(({ problem }) => problem === null);
  process.exitCode = isThere && hasTables ? EXIT.ok : EXIT.no;
}

/** The waypoint that a boot passes last. */
function lastOf(names: readonly string[]): string {
  return waypointNames.filter((name) => names.includes(name)).at(-1)!;
}

export const notes = `${machineHelp.trim()}

Exit code 0; 1 when a boot did not get to a waypoint or the image has no types (BTF) to find its tables by.`;

export const examples: readonly Example[] = [
  ['zeropage ops vmlinuz --entry xen-pv', "what Linux's pv_ops, x86_init, … are, and who put it there"],
  ['zeropage ops vmlinuz --entry pvh --platform bare,kvm,xen-pvh --differences'],
  ['zeropage ops guest.elf', 'the op tables of a guest of ours'],
];
