import { expect, test } from 'vitest';
import { visible } from './visible.js';

test.each([
  ['plain – text ✓ "é"', 'plain – text ✓ "é"'],
  ['\u001b[31mred', '\\x1b[31mred'],
  ['a\nb\r\0\u009b', 'a\\x0ab\\x0d\\x00\\x9b'],
  ['\u202ereversed', '\\u202ereversed'],
])('%j', (text, shown) => expect(visible(text)).toBe(shown));
