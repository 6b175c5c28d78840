import { columnName } from '../boot/column-name.js';
import type { Planned } from '../compare/plan.js';
import { type Difference, difference } from '../contract/vary/difference.js';
import { type Cause, type Search, search } from '../contract/vary/search.js';
import { saysNothing } from '../contract/why-ended.js';
import { entries } from '../entry/entries.js';
import type { Choice } from '../entry/start/vary/choice.js';
import { groupsOf } from '../entry/start/vary/choices.js';
import { meeting } from '../trace/before.js';
import type { Recording } from '../trace/recording.js';
import { failureText, type ImageSource } from './pool.js';
import type { RecordingPlan, RecordingPool } from './recordings.js';
import { UnderWay } from './under-way.js';

/** Which variations are tried: so many, from that seed on. */
export interface VaryPlan {
  readonly seed: number;
  readonly count: number;
}

/** A path and how it went otherwise. */
export interface Deviation extends Cause {
  readonly recording: Recording;
  readonly seed: number;
  readonly until: string | undefined;
}

/** A varied boot may take longer than the plain one, but not for ever. */
const patience = { times: 4, instructions: 200e6 } as const;

/** Looks for what varies one path with one seed. */
interface Variation {
  readonly source: ImageSource;
  readonly planned: Planned;
  readonly recording: Recording;
  readonly seed: number;
  readonly until: string | undefined;
  readonly name: string;
  readonly search: Search;
  causes?: readonly Cause[];
  /** Why it could not be told what varies, in a sentence. */
  problem?: string;
}

/**
 * Boots paths again with their starts of day otherwise, each beside what else the pool does, and finds out by which choices a
 * boot differs.
 */
export class VaryRun {
  readonly #all: Variation[] = [];
  readonly #underWay = new UnderWay();

  constructor(
    private readonly plan: RecordingPlan,
    private readonly vary: VaryPlan,
    private readonly progress: (text: string) => void = () => {},
  ) {}

  /** Takes on a path that was recorded. */
  add(source: ImageSource, planned: Planned, recording: Recording, pool: RecordingPool): void {
    const until = untilOf(recording);
    // There is nothing to vary in a boot that fails anyway.
    if (recording.verdict === 'failed' && until !== meeting) return;
    const groups = groupsOf(entries.find(({ id }) => id === planned.entry)?.freedom);
    for (let seed = this.vary.seed; seed < this.vary.seed + this.vary.count; seed++) {
      for (const choices of groups) {
        const name = `${columnName(planned)} varied, seed ${seed}`;
        const one: Variation = { source, planned, recording, seed, until, name, search: search(choices) };
        this.#all.push(one);
        this.#go(one, one.search.next(), pool);
      }
    }
  }

  /** Why it cannot be told whether varied boots of this path are the same, in a sentence. */
  problem(recording: Recording): string | undefined {
    return this.#all.find((one) => one.recording === recording && one.problem)?.problem;
  }

  /** In the order of recordings, then seeds. */
  found(recordings: readonly Recording[]): Deviation[] {
    return recordings.flatMap((recording) =>
      this.#all
        .filter((one) => one.recording === recording)
        .flatMap(({ causes = [], seed, until }) =>
          causes.map((cause) => ({ ...cause, recording, seed, until })),
        ),
    );
  }

  #go(one: Variation, step: IteratorResult<readonly Choice[], readonly Cause[]>, pool: RecordingPool): void {
    if (step.done) {
      one.causes = step.value;
      return;
    }
    const { source, planned, recording, seed, until, name } = one;
    const { options, timeLimit } = this.plan;
    const { index, source: bytes } = source;
    const { instructions, waypoints } = recording;
    const far = waypoints.find((waypoint) => waypoint.name === until)?.time ?? instructions;
    const budget = Math.round(far * patience.times + patience.instructions);
    const variation = { seed, choices: step.value.map(({ id }) => id) };
    // What a boot to its end is to say, one that stops before does not.
    const unasked = until === options.until ? {} : { expect: undefined, expectExit: undefined };
    const unlike = step.value.some(({ otherCode }) => otherCode);
    pool.add({
      task: {
        kind: 'record',
        index,
        source: bytes,
        planned,
        options: { ...options, ...unasked, until, budget, variation, calls: false },
        timeLimit,
      },
      progress: (progress) => {
        this.#underWay.progress(name, progress);
        this.#tell();
      },
      done: (answer) => {
        this.#underWay.end(name);
        this.#tell();
        if (answer.kind === 'failed') {
          one.problem = `Varied, it fails: ${failureText(answer)}`;
        } else if (answer.kind === 'recorded' && saysNothing(answer.recording)) {
          one.problem = `Varied with seed ${seed}, it was not judged. ${answer.recording.reason}`;
        } else if (answer.kind === 'recorded') {
          const found = difference(recording, answer.recording, until);
          this.#go(one, one.search.next(unlike ? endOnly(found) : found), pool);
        }
      },
    });
  }

  #tell(): void {
    this.progress(this.#underWay.line(`${this.#underWay.ended} varied boots`));
  }
}

const endOnly = (found: Difference | undefined): Difference | undefined =>
  found?.kind === 'end' ? found : undefined;

/** Where all paths of Linux meet, or what the boot was to get to before. */
function untilOf({ waypoints, boot }: Recording): string | undefined {
  return waypoints.some(({ name }) => name === meeting) ? meeting : (boot.until ?? undefined);
}
