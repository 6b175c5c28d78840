import { parentPort } from 'node:worker_threads';
import { boot } from '../../boot/boot.js';
import { StartError } from '../../core/errors.js';
import { offers } from '../../entry/entries.js';
import { isLinux } from '../../entry/linux.js';
import type { Image } from '../../image/image.js';
import { openImage } from '../../image/open.js';
import type { Answer, ImageSource, Task } from '../../matrix/protocol.js';
import { foreseen } from '../../report/foreseen.js';
import { emptyCell, type MatrixCell, matrixCell } from '../../report/matrix.js';
import { limited } from '../boot/time-limit.js';
import { CommandFailure } from '../failure.js';
import { readInput } from '../input.js';
import { setUp } from '../set-up.js';

setUp();
const port = parentPort!;
const say = (answer: Answer): void => port.postMessage(answer);

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

function opened(image: Image): Answer {
  const all = offers(image);
  const findings = all.flatMap(({ id, offered, via }) =>
    offered ? [{ entry: id, findings: foreseen(image, id, via) }] : [],
  );
  return { kind: 'opened', offers: all, isLinux: isLinux(image), findings };
}

async function bootCell(
  image: Image,
  { entry, platform, options, timeLimit }: Extract<Task, { kind: 'boot' }>,
): Promise<MatrixCell> {
  const onProgress = (progress: Extract<Answer, { kind: 'progress' }>['progress']): void =>
    say({ kind: 'progress', progress });
  const offer = offers(image).find(({ id }) => id === entry);
  const findings = foreseen(image, entry, offer?.via ?? null);
  try {
    const signal = limited(undefined, timeLimit);
    const result = await boot(image, { ...options, entry, platform }, { onProgress, signal });
    return matrixCell(entry, result, findings);
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    const reason = [error.message, error.hint].filter(Boolean).join('; ');
    return emptyCell({ entry, platform: platform ?? 'bare' }, 'failed', 'cannot start', reason, findings);
  }
}

port.on('message', async (task: Task) => {
  try {
    const image = await open(task);
    if (task.kind === 'open') say(opened(image));
    else say({ kind: 'booted', cell: await bootCell(image, task) });
  } catch (error) {
    if (process.env.ZEROPAGE_DEBUG) process.stderr.write(`${(error as Error).stack ?? error}\n`);
    const message = error instanceof Error ? error.message : String(error);
    const expected = error instanceof CommandFailure || (error as Error).name === 'ImageError';
    say({ kind: 'failed', message: expected ? message : `internal error: ${message}` });
  }
});
