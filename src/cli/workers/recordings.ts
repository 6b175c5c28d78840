import { plan } from '../../compare/plan.js';
import type { RecordingAnswer, RecordingTask } from '../../matrix/recordings.js';
import { buffersOf } from '../../trace/buffers.js';
import { trace } from '../../trace/trace.js';
import { limited } from '../boot/time-limit.js';
import { serve } from './serve.js';

serve<RecordingTask, RecordingAnswer>(
  async (image, task, onProgress) => {
    if (task.kind === 'open') return { kind: 'planned', boots: plan(image, task.entries, task.platforms) };
    const { options, planned, timeLimit } = task;
    const control = { onProgress, signal: limited(undefined, timeLimit) };
    return {
      kind: 'recorded',
      recording: (await trace(image, { ...options, ...planned }, control)).recording,
    };
  },
  (answer) => (answer.kind === 'recorded' ? buffersOf(answer.recording) : []),
);
