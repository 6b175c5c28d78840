import { checkText } from '../text/check.js';
import type { CheckFormat } from './format.js';
import { json } from './json.js';

const text: CheckFormat = { id: 'text', render: checkText };

/** Every format of `zeropage check --format`. A new one is one file here and one place in this list. */
export const checkFormats: readonly CheckFormat[] = [text, json];
