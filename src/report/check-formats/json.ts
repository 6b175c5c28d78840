import type { CheckFormat } from './format.js';

/** As schema/check.schema.json describes it. */
export const json: CheckFormat = {
  id: 'json',
  render: (report) => `${JSON.stringify(report, undefined, 2)}\n`,
};
