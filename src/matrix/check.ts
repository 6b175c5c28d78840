import { columnName } from '../boot/column-name.js';
import { Path } from '../compare/path.js';
import type { Planned } from '../compare/plan.js';
import { check } from '../contract/check.js';
import { checkImage } from '../contract/image-rules/image-rules.js';
import { type KnownRule, rulesUnder, unjudged } from '../contract/known-rules.js';
import type { ReadContract } from '../contract/language/contract.js';
import { probesOf, unjudgedRules } from '../contract/language/judge.js';
import type { Against, Subject } from '../contract/subject.js';
import { saysNothing } from '../contract/why-ended.js';
import { ImageError } from '../core/errors.js';
import { offers } from '../entry/entries.js';
import type { Image } from '../image/image.js';
import { kernelRelease } from '../image/kernel-release.js';
import { openImage } from '../image/open.js';
import type { Checked, CheckedImage, CheckedPath, CheckFinding } from '../report/check.js';
import { whyNothing } from '../report/why-nothing.js';
import type { Recording } from '../trace/recording.js';
import { type AgainstPlan, against } from './against.js';
import { type Failed, failureText, type NamedImage } from './pool.js';
import {
  type ImageOutcome,
  isFailed,
  type RecordingPlan,
  type RecordingPool,
  RecordingRun,
} from './recordings.js';
import { type Deviation, type VaryPlan, VaryRun } from './vary.js';

/** Platforms on which every entry that has them is booted, unless told otherwise. */
export const checkedPlatforms = ['bare', 'xen-pv', 'xen-pvh'] as const;

/** Each path is booted once more, and once for another processor, unless told otherwise. */
export const usualVariation: VaryPlan = { seed: 1, count: 1 };

/** What is asked of a check. */
export interface CheckPlan extends RecordingPlan {
  /** The same options as on the command line, for commands that show what was found: ` --append nokaslr`. */
  readonly asked: string;
  readonly contract?: ReadContract;
  /** What it may have grown against. */
  readonly against?: AgainstPlan;
  /** Boots whose start of day is otherwise; undefined: none. */
  readonly vary?: VaryPlan;
}

/** An image, its path on the command line, and the name it is shown under; or why its bytes cannot be had. */
export type CheckedFile = { readonly name: string; readonly file: string } & (
  | NamedImage
  | { readonly problem: string }
);

type Readable = CheckedFile & NamedImage;

/** One image, and what was found in it. */
interface CheckedOne {
  readonly image: CheckedImage;
  readonly findings: readonly CheckFinding[];
}

/**
 * Checks images: boots each through its entries side by side, and sets rules, detectors and contract against that. What cannot be
 * judged is said of the image or boot that it is about, and is no reason to give up the others.
 */
export class CheckRun {
  readonly #rules: readonly KnownRule[];
  #against: Against | undefined;

  constructor(
    private readonly images: readonly CheckedFile[],
    private readonly plan: CheckPlan,
    /** Is told how far all is, in a line. */
    private readonly progress: (text: string) => void = () => {},
  ) {
    this.#rules = rulesUnder(plan.contract?.contract);
  }

  /** What was found, the same whatever ends first; undefined when the pool was stopped from outside. */
  async through(newPool: () => RecordingPool): Promise<Checked | undefined> {
    const { against: base } = this.plan;
    if (base) {
      this.#against = await against(base, this.plan, newPool, this.progress);
      if (!this.#against) return undefined;
    }
    const all: CheckedOne[] = [];
    for (const file of this.images) {
      const one = 'problem' in file ? this.#unread(file, file.problem) : await this.#check(file, newPool);
      if (!one) return undefined;
      all.push(one);
    }
    return {
      rules: this.#rules,
      images: all.map(({ image }) => image),
      findings: all.flatMap(({ findings }) => findings),
    };
  }

  async #check(file: Readable, newPool: () => RecordingPool): Promise<CheckedOne | undefined> {
    const { name, data } = file;
    let image: Image;
    try {
      image = await openImage(data, { name });
    } catch (error) {
      if (!(error instanceof ImageError)) throw error;
      return this.#unread(file, error.message);
    }
    const pool = newPool();
    const { vary } = this.plan;
    const varying = vary && new VaryRun(this.plan, vary, this.progress);
    const run = new RecordingRun([file], this.#asking(), this.progress, (source, planned, recording) => {
      if (problemOf(recording) === null) varying?.add(source, planned, recording, pool);
    });
    const outcome = (await run.outcomes(pool))?.[0];
    return outcome && this.#judge(file, image, outcome, varying);
  }

  /** The plan, with what the contract wants to know of the machine. */
  #asking(): RecordingPlan {
    const { contract, options } = this.plan;
    return { ...this.plan, options: { ...options, probes: contract && probesOf(contract.contract) } };
  }

  /** Of an image that cannot be read nothing is judged. */
  #unread({ name, file }: CheckedFile, problem: string): CheckedOne {
    const reason = 'The image cannot be read.';
    const none = this.#rules.map(({ rule }) => ({ rule, reason }));
    return {
      image: { image: name, file, release: null, problem, paths: [], unjudged: none },
      findings: [],
    };
  }

  #judge(
    { name, file }: Readable,
    image: Image,
    outcome: ImageOutcome,
    varying: VaryRun | undefined,
  ): CheckedOne {
    const all = offers(image);
    const boots = isFailed(outcome) ? [] : outcome;
    const judged = boots.map((boot) => boot.outcome).filter((one) => problemOf(one) === null) as Recording[];
    const paths = judged.map((recording) => new Path(columnName(recording.boot), recording));
    const deviations: readonly Deviation[] = varying?.found(judged) ?? [];
    const subject: Subject = {
      image: { name, file, findings: checkImage(image, all), offers: all },
      paths,
      variations: deviations.map(({ recording, ...rest }) => ({
        path: paths[judged.indexOf(recording)]!,
        ...rest,
      })),
      options: this.plan.asked,
      against: this.#against,
    };
    const { contract } = this.plan;
    const nothing = boots.length === 0 ? whyNothing(all, this.plan.entries) : null;
    return {
      image: {
        image: name,
        file,
        release: kernelRelease(image) ?? null,
        problem: isFailed(outcome) ? failureText(outcome) : nothing,
        paths: boots.map((boot) => checkedPath(boot, varying)),
        unjudged: [...unjudged(subject, this.#rules), ...(contract ? unjudgedRules(subject, contract) : [])],
      },
      findings: check(subject, contract).map((found) => ({ image: name, ...found })),
    };
  }
}

/** Why a boot says nothing of the image. */
function problemOf(outcome: Recording | Failed): string | null {
  if (isFailed(outcome)) return failureText(outcome);
  return saysNothing(outcome) ? outcome.reason : null;
}

function checkedPath(
  { planned, outcome }: { readonly planned: Planned; readonly outcome: Recording | Failed },
  varying: VaryRun | undefined,
): CheckedPath {
  const { entry, platform } = planned;
  if (isFailed(outcome))
    return { entry, platform, verdict: 'not-supported', problem: failureText(outcome), waypoints: [] };
  const { verdict, waypoints } = outcome;
  const problem = problemOf(outcome) ?? varying?.problem(outcome) ?? null;
  return { entry, platform, verdict, problem, waypoints };
}
