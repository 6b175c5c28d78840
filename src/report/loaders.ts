import type { EntryId } from '../entry/entry.js';
import { loaderAnswers } from '../entry/loaders/loaders.js';
import type { Image } from '../image/image.js';

/** Who takes a file: the JSON document of `zeropage loaders --json`. */
export interface LoadersReport {
  /** Raised when a field changes its meaning or goes away. */
  readonly schemaVersion: 1;
  readonly file: { readonly name: string; readonly size: number };
  readonly loaders: readonly LoaderReport[];
}

export interface LoaderReport {
  readonly id: string;
  readonly loader: string;
  /** Option, command or firmware. */
  readonly how: string;
  /** Versions whose sources were read. */
  readonly versions: string;
  readonly verdict: 'takes' | 'refuses' | 'mistakes' | 'unknown';
  /** The entry it takes; null unless it takes one. */
  readonly entry: EntryId | null;
  readonly reason: string;
  /** The rules it went through, in its order; the last one decided. */
  readonly rules: readonly { readonly asks: string; readonly source: string; readonly decided: boolean }[];
}

export function loadersReport(image: Image): LoadersReport {
  return {
    schemaVersion: 1,
    file: { name: image.name, size: image.bytes.length },
    loaders: loaderAnswers(image).map(({ way, decision, asked }) => ({
      id: way.id,
      loader: way.loader,
      how: way.how,
      versions: way.versions,
      verdict: decision.verdict,
      entry: decision.verdict === 'takes' ? decision.entry : null,
      reason: decision.reason,
      rules: way.rules
        .slice(0, asked)
        .map(({ asks, source }, index) => ({ asks, source, decided: index === asked - 1 })),
    })),
  };
}
