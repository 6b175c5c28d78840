import type { Image } from '../image/image.js';
import { openImage } from '../image/open.js';
import { failureOf, type Job, type NamedImage } from './pool.js';
import { record } from './record.js';
import type { RecordingAnswer, RecordingPool, RecordingTask } from './recordings.js';

type Given = Job<RecordingTask, RecordingAnswer>;

/** Records boots where it is called, one after the other; images are handed to it as bytes. */
export class HerePool implements RecordingPool {
  readonly #waiting: Given[] = [];
  readonly #stop = new AbortController();
  #open: { readonly index: number; readonly image: Image } | undefined;

  add(job: Given): void {
    this.#waiting.push(job);
  }

  async run(): Promise<void> {
    for (let job = this.#waiting.shift(); job; job = this.#waiting.shift()) {
      const answer = await this.#work(job).catch(failureOf);
      // What was given up has no result.
      if (!this.#stop.signal.aborted) job.done(answer);
    }
  }

  stop(): void {
    this.#waiting.length = 0;
    this.#stop.abort();
  }

  async #work({ task, progress }: Given): Promise<RecordingAnswer> {
    const { index, source } = task;
    if (this.#open?.index !== index) {
      const { name, data } = source as NamedImage;
      this.#open = { index, image: await openImage(data, { name }) };
    }
    return record(this.#open.image, task, { onProgress: progress, signal: this.#stop.signal });
  }
}
