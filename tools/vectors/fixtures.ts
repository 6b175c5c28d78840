import { existsSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { Family } from './collect.js';
import { decodeVectors, type Recorded } from './format.js';

export const fixturePath = (family: Family): URL =>
  new URL(`../../test/fixtures/vectors/${family}.bin.gz`, import.meta.url);

/** The recorded vectors of a family; undefined when none were recorded. */
export function readFixtures(family: Family): Recorded[] | undefined {
  const path = fixturePath(family);
  return existsSync(path) ? decodeVectors(new Uint8Array(gunzipSync(readFileSync(path)))) : undefined;
}
