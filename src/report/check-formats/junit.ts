import { junitText } from '../test-formats/junit.js';
import { testGroups } from './cases.js';
import type { CheckFormat } from './format.js';

/** The schemas demand a date, and the same image is to give the same bytes. */
const undated = new Date(0);

/** A suite an image, with a case a rule. */
export const junit: CheckFormat = { id: 'junit', render: (report) => junitText(testGroups(report), undated) };
