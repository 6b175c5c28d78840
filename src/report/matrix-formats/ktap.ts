import { ktapText } from '../test-formats/ktap.js';
import type { MatrixFormat } from './format.js';
import { testGroups } from './tests.js';

/** A test an image, with a subtest a column. */
export const ktap: MatrixFormat = { id: 'ktap', render: (matrix) => ktapText(testGroups(matrix)) };
