import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { images } from '../../../tools/oracle/pe/images.js';
import { openImage } from '../../image/open.js';
import { checkImage } from './image-rules.js';

/** What UEFI firmware does with images whose section tables are wrong (tools/oracle/pe/record.ts). */
const recorded: { started: Readonly<Record<string, string>> } = JSON.parse(
  readFileSync(new URL('../../../tools/oracle/pe/started.json', import.meta.url), 'utf8'),
);

/** It starts, but has something else in its memory than its file says, or only other loaders refuse it. */
const startedAllTheSame: Readonly<Record<string, string>> = {
  overlap: 'error pe-sections-overlap',
  'VirtualSize 0': 'warning pe-section-virtual-size',
};

test.each(Object.entries(images))('%s', async (name, { file }) => {
  const image = await openImage(file);
  const found = checkImage(image, []).map(({ severity, rule }) => `${severity} ${rule}`);
  if (recorded.started[name] !== 'started') {
    expect(found).toContainEqual(expect.stringMatching(/^error /));
  } else expect(found).toEqual(startedAllTheSame[name] ? [startedAllTheSame[name]] : []);
});

test('the firmware started some and refused some', () => {
  expect(new Set(Object.values(recorded.started)).size).toBeGreaterThan(2);
  expect(Object.keys(recorded.started)).toEqual(Object.keys(images));
});
