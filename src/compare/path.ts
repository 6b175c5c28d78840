import { enteredBefore } from '../trace/before.js';
import { type FunctionRun, functionRuns } from '../trace/function-runs.js';
import { isPlumbing } from '../trace/plumbing.js';
import { type Recording, sections } from '../trace/recording.js';

/** A recording under the name it has in a comparison, and what is asked of it more than once. */
export class Path {
  readonly runs: ReadonlyMap<number, FunctionRun>;
  /** Functions entered before `start_kernel`, in order. */
  readonly before: readonly string[];
  /** Functions of init text and all others that were entered, in order. */
  readonly init: readonly string[];
  readonly other: readonly string[];
  /** All of these, by row, with the instructions retired before. */
  readonly entered: readonly { readonly row: number; readonly instruction: number }[];
  /** Their names. */
  readonly names: ReadonlySet<string>;

  constructor(
    readonly name: string,
    readonly recording: Recording,
  ) {
    const { functions } = recording;
    this.runs = functionRuns(recording);
    this.before = enteredBefore(recording);
    this.entered = [...this.runs.values()]
      .filter(({ row, entered }) => functions.size[row]! > 0 && entered !== undefined)
      .filter(({ row }) => !isPlumbing(functions.name[row]!))
      .map(({ row, entered }) => ({ row, instruction: entered! }))
      .sort((a, b) => a.instruction - b.instruction);
    this.names = new Set(this.entered.map(({ row }) => functions.name[row]!));
    const init = sections.indexOf('init');
    const names = (isInit: boolean): string[] =>
      this.entered
        .filter(({ row }) => (functions.section[row] === init) === isInit)
        .map(({ row }) => functions.name[row]!);
    this.init = names(true);
    this.other = names(false);
  }
}

/** Names for recordings: the entry, and as much more as tells them apart. */
export function pathsOf(recordings: readonly Recording[]): Path[] {
  const longer: readonly ((recording: Recording) => string)[] = [
    ({ boot }) => boot.entry,
    ({ boot }) => `${boot.entry}/${boot.platform}`,
    ({ boot }) => `${boot.entry}/${boot.platform}/subarch=${boot.subarch}`,
    ({ boot }) => `${boot.entry}/${boot.platform}/${boot.cpu}`,
    ({ boot, image }) => `${image.name}:${boot.entry}/${boot.platform}`,
  ];
  return recordings.map((recording, index) => {
    const isUnique = (name: (recording: Recording) => string): boolean =>
      recordings.every((other) => other === recording || name(other) !== name(recording));
    const name = longer.find(isUnique);
    return new Path(name ? name(recording) : `${recording.boot.entry}#${index + 1}`, recording);
  });
}
