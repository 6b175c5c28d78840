import type { BootControl } from '../boot/options.js';
import { limited } from '../boot/time-limit.js';
import { plan } from '../compare/plan.js';
import type { Image } from '../image/image.js';
import { trace } from '../trace/trace.js';
import type { RecordingAnswer, RecordingTask } from './recordings.js';

/** Does a task about an image that is open. Throws StartError when a boot cannot start as asked. */
export async function record(
  image: Image,
  task: RecordingTask,
  { signal, ...control }: BootControl = {},
): Promise<RecordingAnswer> {
  if (task.kind === 'open') return { kind: 'planned', boots: plan(image, task.entries, task.platforms) };
  const { options, planned, timeLimit } = task;
  const asked = { ...options, ...planned };
  const { recording } = await trace(image, asked, { ...control, signal: limited(signal, timeLimit) });
  return { kind: 'recorded', recording };
}
