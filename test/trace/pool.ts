import { plan } from '../../src/compare/plan.js';
import { openImage } from '../../src/image/open.js';
import type { Job, NamedImage } from '../../src/matrix/pool.js';
import type { RecordingAnswer, RecordingPool, RecordingTask } from '../../src/matrix/recordings.js';
import { trace } from '../../src/trace/trace.js';

type Given = Job<RecordingTask, RecordingAnswer>;

/** Records boots in this thread, one after the other. */
export class HerePool implements RecordingPool {
  readonly #waiting: Given[] = [];

  add(job: Given): void {
    this.#waiting.push(job);
  }

  async run(): Promise<void> {
    for (let job = this.#waiting.shift(); job; job = this.#waiting.shift()) {
      job.done(await work(job.task));
    }
  }

  stop(): void {
    this.#waiting.length = 0;
  }
}

async function work(task: RecordingTask): Promise<RecordingAnswer> {
  const { name, data } = task.source as NamedImage;
  const image = await openImage(data, { name });
  if (task.kind === 'open') return { kind: 'planned', boots: plan(image, task.entries, task.platforms) };
  return {
    kind: 'recorded',
    recording: (await trace(image, { ...task.options, ...task.planned })).recording,
  };
}
