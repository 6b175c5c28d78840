import { platformsOf } from '../boot/choose.js';
import { StartError } from '../core/errors.js';
import { entries, offers } from '../entry/entries.js';
import type { EntryId } from '../entry/entry.js';
import type { Image } from '../image/image.js';
import type { PlatformId } from '../platform/platform.js';

/** A boot that is to be recorded. */
export interface Planned {
  readonly entry: EntryId;
  readonly platform: PlatformId;
}

/**
 * The boots of an image to compare: through the entries that were asked for, else all that it offers and that can be booted,
 * each on the platforms that were asked for and that it has, else on its usual one. Throws StartError when one cannot be.
 */
export function plan(
  image: Image,
  wanted: readonly EntryId[] | undefined,
  platforms: readonly PlatformId[] | undefined,
): Planned[] {
  const all = offers(image);
  const bootable = all.filter(
    ({ id, offered }) => offered && entries.find((entry) => entry.id === id)?.start,
  );
  for (const id of wanted ?? []) {
    if (bootable.some((offer) => offer.id === id)) continue;
    const offer = all.find((each) => each.id === id)!;
    throw new StartError(
      `${image.name}: ${id} cannot be booted${offer.offered ? ' yet' : `: ${offer.reason}`}`,
      `of its entries can be booted: ${bootable.map((each) => each.id).join(', ') || 'none'}`,
    );
  }
  const ids = wanted ?? bootable.map(({ id }) => id);
  return ids.flatMap((id) => {
    const possible = platformsOf(entries.find((entry) => entry.id === id)!);
    const chosen = platforms?.filter((platform) => possible.includes(platform)) ?? [possible[0]!];
    return chosen.map((platform) => ({ entry: id, platform }));
  });
}
