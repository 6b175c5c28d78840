import { pathsText } from '../../report/text/paths.js';
import { pictureFile } from '../picture/svg.js';
import type { ComparisonFormat } from './format.js';
import { markdown } from './markdown.js';

const text: ComparisonFormat = {
  id: 'text',
  render: ({ comparison }, page) => pathsText(comparison, page),
};
const json: ComparisonFormat = {
  id: 'json',
  render: ({ comparison }) => `${JSON.stringify(comparison, undefined, 2)}\n`,
};
const svg: ComparisonFormat = { id: 'svg', render: ({ comparison }) => pictureFile(comparison) };
const html: ComparisonFormat = {
  id: 'html',
  async render({ comparison, recordings }) {
    const { comparisonPage } = await import('../page/page.js');
    return comparisonPage(comparison, recordings);
  },
};

/** Every format of `zeropage compare --format`. A new one is one file here and one place in this list. */
export const comparisonFormats: readonly ComparisonFormat[] = [text, json, markdown, svg, html];
