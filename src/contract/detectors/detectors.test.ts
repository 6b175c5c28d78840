import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { imageRules } from '../image-rules/image-rules.js';
import { detectors } from './detectors.js';

const page = (id: string): URL => new URL(`../../../docs/rules/${id}.md`, import.meta.url);

test.each(
  detectors.map(({ id, severity, title }) => ({ id, severity, title })),
)('$id has its page, which says what it is and how severe', ({ id, severity, title }) => {
  expect(existsSync(page(id))).toBe(true);
  const text = readFileSync(page(id), 'utf8');
  expect(text).toContain(`# ${id}\n\n${title}. Severity: **${severity}**.`);
  expect(readFileSync(page('README'), 'utf8')).toContain(`[${id}](${id}.md)`);
});

test('no detector has the id of a rule on images', () => {
  const ids = new Set(imageRules.map(({ id }) => id));
  expect(detectors.filter(({ id }) => ids.has(id))).toEqual([]);
});
