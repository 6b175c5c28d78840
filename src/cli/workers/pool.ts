import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { Answer, Failed, Job, Pool, Progressing, Task } from '../../matrix/pool.js';
import type { MatrixAnswer, MatrixTask } from '../../matrix/protocol.js';
import type { RecordingAnswer, RecordingTask } from '../../matrix/recordings.js';

/** Jobs at a time, unless told: one a processor. */
const usual = availableParallelism();

export const matrixPool = (jobs = usual): ThreadPool<MatrixTask, MatrixAnswer> =>
  new ThreadPool(jobs, 'boots');
export const recordingPool = (jobs = usual): ThreadPool<RecordingTask, RecordingAnswer> =>
  new ThreadPool(jobs, 'recordings');

/** A thread, what it works on, and the image it has open. */
interface Thread<T extends Task, A extends Answer> {
  readonly worker: Worker;
  job?: Job<T, A>;
  image?: number;
}

/** Runs jobs on threads, each job on one that has its image open already where there is such a thread. */
class ThreadPool<T extends Task, A extends Answer> implements Pool<T, A> {
  readonly #waiting: Job<T, A>[] = [];
  readonly #threads = new Set<Thread<T, A>>();
  #finish!: () => void;
  readonly #finished = new Promise<void>((resolve) => (this.#finish = resolve));
  #stopped = false;

  /** `size`: jobs at a time; `work`: the module in this folder that does them. */
  constructor(
    private readonly size: number,
    private readonly work: 'boots' | 'recordings',
  ) {}

  add(job: Job<T, A>): void {
    this.#waiting.push(job);
  }

  /** Resolves when no job is left, also none that others added, or after `stop`. */
  async run(): Promise<void> {
    this.#schedule();
    await this.#finished;
    await Promise.all([...this.#threads].map(({ worker }) => worker.terminate()));
  }

  /** Gives up what is under way and what waits. */
  stop(): void {
    this.#stopped = true;
    this.#waiting.length = 0;
    this.#finish();
  }

  #schedule(): void {
    if (this.#stopped) return;
    while (this.#waiting.length > 0) {
      const thread = this.#idleThread();
      if (!thread) return;
      this.#start(thread, this.#next(thread));
    }
    if ([...this.#threads].every(({ job }) => !job)) this.#finish();
  }

  #idleThread(): Thread<T, A> | undefined {
    for (const thread of this.#threads) if (!thread.job) return thread;
    return this.#threads.size < this.size ? this.#create() : undefined;
  }

  /** The image that is open first; then another image, so that its boots become known; then any. */
  #next(thread: Thread<T, A>): Job<T, A> {
    const order = [
      ({ task }: Job<T, A>) => task.index === thread.image,
      ({ task }: Job<T, A>) => task.kind === 'open',
      () => true,
    ];
    const place = order.map((wanted) => this.#waiting.findIndex(wanted)).find((index) => index !== -1)!;
    return this.#waiting.splice(place, 1)[0]!;
  }

  #start(thread: Thread<T, A>, job: Job<T, A>): void {
    thread.job = job;
    thread.image = job.task.index;
    thread.worker.postMessage(job.task);
  }

  #create(): Thread<T, A> {
    const thread: Thread<T, A> = { worker: createWorker(this.work) };
    thread.worker.on('message', (answer: A | Failed | Progressing) => this.#answered(thread, answer));
    thread.worker.on('error', (error) => this.#died(thread, error.message));
    this.#threads.add(thread);
    return thread;
  }

  #answered(thread: Thread<T, A>, answer: A | Failed | Progressing): void {
    if (answer.kind === 'progress') {
      thread.job?.progress?.((answer as Progressing).progress);
      return;
    }
    const { job } = thread;
    thread.job = undefined;
    job?.done(answer as A | Failed);
    this.#schedule();
  }

  #died(thread: Thread<T, A>, why: string): void {
    this.#threads.delete(thread);
    thread.job?.done({ kind: 'failed', message: why, internal: true });
    this.#schedule();
  }
}

function createWorker(work: string): Worker {
  const beside = (path: string): URL => new URL(path, import.meta.url);
  if (!import.meta.url.endsWith('.ts')) return new Worker(beside(`./${work}.js`));
  // Run from the sources, as tests do where nothing is built.
  return new Worker(beside('../../../tools/source-worker.mjs'), { workerData: beside(`./${work}.ts`).href });
}
