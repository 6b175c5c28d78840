import { columnName } from '../boot/column-name.js';
import { Path } from '../compare/path.js';
import { check } from '../contract/check.js';
import { checkImage } from '../contract/image-rules/image-rules.js';
import type { ReadContract } from '../contract/language/contract.js';
import type { Subject } from '../contract/subject.js';
import { offers } from '../entry/entries.js';
import { openImage } from '../image/open.js';
import { type CheckedImage, type CheckFinding, type CheckReport, checkReport } from '../report/check.js';
import type { Recording } from '../trace/recording.js';
import type { NamedImage } from './pool.js';
import { type RecordingPlan, type RecordingPool, RecordingRun } from './recordings.js';
import { type Deviation, type VaryPlan, VaryRun } from './vary.js';

/** Platforms on which every entry that has them is booted, unless told otherwise. */
export const checkedPlatforms = ['bare', 'xen-pv', 'xen-pvh'] as const;

/** What is asked of a check. */
export interface CheckPlan extends RecordingPlan {
  /** The same options as on the command line, for commands that show what was found: ` --append nokaslr`. */
  readonly asked: string;
  readonly contract?: ReadContract;
  /** Boots whose start of day is otherwise; undefined: none. */
  readonly vary?: VaryPlan;
}

/** An image and its name on the command line. */
export interface CheckedFile extends NamedImage {
  readonly file: string;
}

/** Checks images: boots each through its entries side by side, and sets rules, detectors and contract against that. */
export class CheckRun {
  constructor(
    private readonly images: readonly CheckedFile[],
    private readonly plan: CheckPlan,
    /** Is told how far all is, in a line. */
    private readonly progress: (text: string) => void = () => {},
  ) {}

  /** What was found, the same whatever ends first; undefined when the pool was stopped from outside. Throws as `RecordingRun` does. */
  async through(newPool: () => RecordingPool): Promise<CheckReport | undefined> {
    const images: CheckedImage[] = [];
    const findings: CheckFinding[] = [];
    for (const image of this.images) {
      const pool = newPool();
      const { vary } = this.plan;
      const varying = vary && new VaryRun(this.plan, vary, this.progress);
      const run = new RecordingRun([image], this.plan, this.progress, (source, planned, recording) =>
        varying?.add(source, planned, recording, pool),
      );
      const recordings = await run.through(pool);
      if (!recordings) return undefined;
      const subject = await this.#subject(image, recordings, varying?.found(recordings) ?? []);
      const { name } = image;
      images.push(checked(name, recordings));
      findings.push(...check(subject, this.plan.contract).map((found) => ({ image: name, ...found })));
    }
    return checkReport(images, findings);
  }

  async #subject(
    { name, file, data }: CheckedFile,
    recordings: readonly Recording[],
    found: readonly Deviation[],
  ): Promise<Subject> {
    const image = await openImage(data, { name });
    const offered = offers(image);
    const paths = recordings.map((recording) => new Path(columnName(recording.boot), recording));
    return {
      image: { name, file, findings: checkImage(image, offered), offers: offered },
      paths,
      variations: found.map(({ recording, ...rest }) => ({
        path: paths[recordings.indexOf(recording)]!,
        ...rest,
      })),
      options: this.plan.asked,
    };
  }
}

function checked(image: string, recordings: readonly Recording[]): CheckedImage {
  const paths = recordings.map(({ boot, verdict, waypoints }) => {
    const { entry, platform } = boot;
    return { entry, platform, verdict, waypoints };
  });
  return { image, release: recordings[0]?.image.release ?? null, paths };
}
