import { boot } from '../../boot/boot.js';
import type { BootProgress } from '../../boot/options.js';
import { limited } from '../../boot/time-limit.js';
import { StartError } from '../../core/errors.js';
import { offers } from '../../entry/entries.js';
import { isLinux } from '../../entry/linux.js';
import type { Image } from '../../image/image.js';
import type { MatrixAnswer, MatrixTask } from '../../matrix/protocol.js';
import { foreseen } from '../../report/foreseen.js';
import { emptyCell, type MatrixCell, matrixCell } from '../../report/matrix.js';
import { serve } from './serve.js';

serve<MatrixTask, MatrixAnswer>(async (image, task, onProgress) =>
  task.kind === 'open' ? opened(image) : { kind: 'booted', cell: await bootCell(image, task, onProgress) },
);

function opened(image: Image): MatrixAnswer {
  const all = offers(image);
  const findings = all.flatMap(({ id, offered, via }) =>
    offered ? [{ entry: id, findings: foreseen(image, id, via) }] : [],
  );
  return { kind: 'opened', offers: all, isLinux: isLinux(image), findings };
}

async function bootCell(
  image: Image,
  { entry, platform, options, timeLimit }: Extract<MatrixTask, { kind: 'boot' }>,
  onProgress: (progress: BootProgress) => void,
): Promise<MatrixCell> {
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
