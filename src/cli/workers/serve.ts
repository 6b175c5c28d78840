import { parentPort } from 'node:worker_threads';
import type { BootProgress } from '../../boot/options.js';
import type { Image } from '../../image/image.js';
import { openImage } from '../../image/open.js';
import {
  type Answer,
  type Failed,
  failureOf,
  type ImageSource,
  type Progressing,
  type Task,
} from '../../matrix/pool.js';
import { CommandFailure } from '../failure.js';
import { readInput } from '../input.js';
import { setUp } from '../set-up.js';

/** Does one task about an image. */
export type Work<T extends Task, A extends Answer> = (
  image: Image,
  task: T,
  onProgress: (progress: BootProgress) => void,
) => Promise<A>;

/** Has this thread do tasks that come from a pool; `buffersOf`: what of an answer is handed over and not copied. */
export function serve<T extends Task, A extends Answer>(
  work: Work<T, A>,
  buffersOf: (answer: A) => ArrayBuffer[] = () => [],
): void {
  setUp();
  const port = parentPort!;
  const onProgress = (progress: BootProgress): void =>
    port.postMessage({ kind: 'progress', progress } satisfies Progressing);
  port.on('message', async (task: T) => {
    try {
      const answer = await work(await open(task), task, onProgress);
      port.postMessage(answer, buffersOf(answer));
    } catch (error) {
      if (process.env.ZEROPAGE_DEBUG) process.stderr.write(`${(error as Error).stack ?? error}\n`);
      port.postMessage(failure(error));
    }
  });
}

/** The image of the last task; most often the next is about the same. */
let last: { index: number; image: Image } | undefined;

async function open({ index, source }: ImageSource): Promise<Image> {
  if (last?.index === index) return last.image;
  last = undefined;
  const { name, data } = typeof source === 'string' ? readInput(source) : source;
  const image = await openImage(data, { name });
  last = { index, image };
  return image;
}

function failure(error: unknown): Failed {
  if (!(error instanceof CommandFailure)) return failureOf(error);
  return { kind: 'failed', message: error.message, hint: error.hint, internal: false };
}
