import { Worker } from 'node:worker_threads';
import type { Answer, Job, Pool } from '../../matrix/protocol.js';

/** A thread, what it works on, and the image it has open. */
interface Thread {
  readonly worker: Worker;
  job?: Job;
  image?: number;
}

/** Runs jobs on threads, each job on one that has its image open already where there is such a thread. */
export class ThreadPool implements Pool {
  readonly #waiting: Job[] = [];
  readonly #threads = new Set<Thread>();
  #finish!: () => void;
  readonly #finished = new Promise<void>((resolve) => (this.#finish = resolve));
  #stopped = false;

  constructor(private readonly size: number) {}

  add(job: Job): void {
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

  #idleThread(): Thread | undefined {
    for (const thread of this.#threads) if (!thread.job) return thread;
    return this.#threads.size < this.size ? this.#create() : undefined;
  }

  /** The image that is open first; then another image, so that its boots become known; then any. */
  #next(thread: Thread): Job {
    const order = [
      ({ task }: Job) => task.index === thread.image,
      ({ task }: Job) => task.kind === 'open',
      () => true,
    ];
    const place = order.map((wanted) => this.#waiting.findIndex(wanted)).find((index) => index !== -1)!;
    return this.#waiting.splice(place, 1)[0]!;
  }

  #start(thread: Thread, job: Job): void {
    thread.job = job;
    thread.image = job.task.index;
    thread.worker.postMessage(job.task);
  }

  #create(): Thread {
    const thread: Thread = { worker: createWorker() };
    thread.worker.on('message', (answer: Answer) => this.#answered(thread, answer));
    thread.worker.on('error', (error) => this.#died(thread, error.message));
    this.#threads.add(thread);
    return thread;
  }

  #answered(thread: Thread, answer: Answer): void {
    if (answer.kind === 'progress') {
      thread.job?.progress?.(answer.progress);
      return;
    }
    const { job } = thread;
    thread.job = undefined;
    job?.done(answer);
    this.#schedule();
  }

  #died(thread: Thread, why: string): void {
    this.#threads.delete(thread);
    thread.job?.done({ kind: 'failed', message: `internal error: ${why}` });
    this.#schedule();
  }
}

function createWorker(): Worker {
  const beside = (path: string): URL => new URL(path, import.meta.url);
  if (!import.meta.url.endsWith('.ts')) return new Worker(beside('./worker.js'));
  // Run from the sources, as tests do where nothing is built.
  return new Worker(beside('../../../tools/source-worker.mjs'), { workerData: beside('./worker.ts').href });
}
