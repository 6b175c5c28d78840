import { matrixText } from '../text/matrix.js';
import type { MatrixFormat } from './format.js';
import { github } from './github.js';
import { json } from './json.js';
import { junit } from './junit.js';
import { ktap } from './ktap.js';
import { markdown } from './markdown.js';

const text: MatrixFormat = { id: 'text', render: (matrix, { page }) => matrixText(matrix, page) };

/** Every format of `zeropage matrix --format`. A new one is one file here and one place in this list. */
export const matrixFormats: readonly MatrixFormat[] = [text, json, markdown, ktap, junit, github];
