import { entries } from '../entry/entries.js';
import type { PlatformId } from '../platform/platform.js';
import { usualPlatform } from './choose.js';

/** An entry by its name, with the platform behind it where that is not the usual one. */
export function columnName({
  entry,
  platform,
}: {
  readonly entry: string;
  readonly platform: PlatformId;
}): string {
  const definition = entries.find(({ id }) => id === entry);
  return definition && usualPlatform(definition) === platform ? entry : `${entry}/${platform}`;
}
