import { writeRecording } from '../../trace/file.js';
import { recordingText } from '../text/recording.js';
import { drcov } from './drcov.js';
import { folded } from './folded.js';
import type { RecordingFormat } from './format.js';
import { json } from './json.js';
import { perfetto } from './perfetto.js';

const text: RecordingFormat = { id: 'text', render: recordingText };
const recording: RecordingFormat = { id: 'recording', render: writeRecording };

/** Every format of `zeropage trace --format`. A new one is one file here and one place in this list. */
export const recordingFormats: readonly RecordingFormat[] = [text, recording, json, perfetto, folded, drcov];
