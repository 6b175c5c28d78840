import { junitText } from '../test-formats/junit.js';
import type { MatrixFormat } from './format.js';
import { testGroups } from './tests.js';

/** A suite an image, with a case a column. */
export const junit: MatrixFormat = {
  id: 'junit',
  render: (matrix, { began }) => junitText(testGroups(matrix), began),
};
