import type { MatrixFormat } from './format.js';

/** As schema/matrix.schema.json describes it. */
export const json: MatrixFormat = {
  id: 'json',
  render: (matrix) => `${JSON.stringify(matrix, undefined, 2)}\n`,
};
