import { describe, expect, test } from 'vitest';
import { makeRecording } from '../../test/trace/recording.js';
import type { Planned } from '../compare/plan.js';
import { ImageError, StartError } from '../core/errors.js';
import type { Failed, Job } from './pool.js';
import {
  type RecordingAnswer,
  type RecordingPlan,
  type RecordingPool,
  RecordingRun,
  type RecordingTask,
} from './recordings.js';

type Given = Job<RecordingTask, RecordingAnswer>;

/** Does jobs when and as a test says; `order`: which of those that wait is next. */
class FakePool implements RecordingPool {
  readonly #waiting: Given[] = [];
  readonly done: string[] = [];
  stopped = false;

  constructor(
    private readonly answer: (task: RecordingTask) => RecordingAnswer | Failed,
    private readonly order: (waiting: number) => number = () => 0,
  ) {}

  add(job: Given): void {
    this.#waiting.push(job);
  }

  async run(): Promise<void> {
    while (this.#waiting.length > 0 && !this.stopped) {
      const [job] = this.#waiting.splice(this.order(this.#waiting.length), 1);
      const { task } = job!;
      this.done.push(task.kind === 'open' ? `open ${task.index}` : `${task.index} ${task.planned.entry}`);
      if (task.kind === 'record') job!.progress?.({ waypoint: 'entry', instructions: 2e6, mips: 50 });
      job!.done(this.answer(task));
    }
  }

  stop(): void {
    this.stopped = true;
  }
}

const boots: readonly Planned[] = [
  { entry: 'linux64', platform: 'bare' },
  { entry: 'pvh', platform: 'xen-pvh' },
];
const images = [
  { name: 'a', data: new Uint8Array() },
  { name: 'b', data: new Uint8Array() },
];
const plan: RecordingPlan = { options: {} };
const failed = (message: string, offset?: number): Failed => ({
  kind: 'failed',
  message,
  offset,
  internal: false,
});

function answer(task: RecordingTask): RecordingAnswer {
  if (task.kind === 'open') return { kind: 'planned', boots };
  const recording = makeRecording({ entry: task.planned.entry, platform: task.planned.platform });
  return {
    kind: 'recorded',
    recording: { ...recording, image: { ...recording.image, name: images[task.index]!.name } },
  };
}

describe('boots recorded side by side', () => {
  test.each([
    ['first', () => 0, 'a linux64'],
    ['last', (waiting: number) => waiting - 1, 'b pvh/xen-pvh'],
  ])('come in the order of images and plan, when the %s ends first', async (_, order, begun) => {
    const told: string[] = [];
    const run = new RecordingRun(images, plan, (text) => told.push(text));
    const pool = new FakePool(answer, order);
    const recordings = await run.through(pool);
    expect(recordings!.map(({ image, boot }) => `${image.name} ${boot.entry}`)).toEqual([
      'a linux64',
      'a pvh',
      'b linux64',
      'b pvh',
    ]);
    // Every image is opened before anything is booted.
    expect(pool.done.slice(0, 2).toSorted()).toEqual(['open 0', 'open 1']);
    expect(told[0]).toBe(`0 of 4 recorded · ${begun}: entry, 2 M, 50 MIPS`);
    expect(told.at(-1)).toBe('4 of 4 recorded');
  });

  test('an image that cannot be read is told before anything is booted, the first of several', async () => {
    const pool = new FakePool(
      (task) => (task.kind === 'open' ? failed(`bad ${task.index}`, 8) : answer(task)),
      (waiting) => waiting - 1,
    );
    const error = await new RecordingRun(images, plan).through(pool).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ message: 'bad 0', offset: 8 });
    expect([error instanceof ImageError, pool.done.length]).toEqual([true, 2]);
  });

  test('of boots that cannot start the first is told, and none goes on behind it', async () => {
    const bad = (task: RecordingTask): RecordingAnswer | Failed =>
      task.kind === 'record' && task.planned.entry === 'pvh' ? failed(`bad ${task.index}`) : answer(task);
    const first = new FakePool(bad);
    await expect(new RecordingRun(images, plan).through(first)).rejects.toThrow(StartError);
    expect(first.done.slice(2)).toEqual(['0 linux64', '0 pvh']);
    const last = new FakePool(bad, (waiting) => waiting - 1);
    await expect(new RecordingRun(images, plan).through(last)).rejects.toThrow('bad 0');
  });

  test('a fault of ours is one, and a pool that was stopped gives nothing', async () => {
    const faulty = new FakePool(() => ({ kind: 'failed', message: 'oops', internal: true }));
    const error = await new RecordingRun(images, plan).through(faulty).catch((thrown: unknown) => thrown);
    expect([(error as Error).name, (error as Error).message]).toEqual(['Error', 'oops']);
    const stopped = new FakePool((task) => {
      if (task.kind === 'record') stopped.stop();
      return answer(task);
    });
    expect(await new RecordingRun(images, plan).through(stopped)).toBeUndefined();
  });
});
