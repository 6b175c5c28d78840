import { record } from '../../matrix/record.js';
import type { RecordingAnswer, RecordingTask } from '../../matrix/recordings.js';
import { buffersOf } from '../../trace/buffers.js';
import { serve } from './serve.js';

serve<RecordingTask, RecordingAnswer>(
  (image, task, onProgress) => record(image, task, { onProgress }),
  (answer) => (answer.kind === 'recorded' ? buffersOf(answer.recording) : []),
);
