import { ktapText } from '../test-formats/ktap.js';
import { testGroups } from './cases.js';
import type { CheckFormat } from './format.js';

/** A test an image, with a subtest a rule; what does not fail stands in its diagnostics. */
export const ktap: CheckFormat = { id: 'ktap', render: (report) => ktapText(testGroups(report)) };
