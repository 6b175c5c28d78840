import { checkText } from '../text/check.js';
import type { CheckFormat } from './format.js';
import { github } from './github.js';
import { json } from './json.js';
import { junit } from './junit.js';
import { ktap } from './ktap.js';
import { markdown } from './markdown.js';
import { sarif } from './sarif.js';

const text: CheckFormat = { id: 'text', render: (report, { page }) => checkText(report, page) };

/** Every format of `zeropage check --format`. A new one is one file here and one place in this list. */
export const checkFormats: readonly CheckFormat[] = [text, json, ktap, junit, sarif, github, markdown];
