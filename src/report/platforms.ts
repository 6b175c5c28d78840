import { platformsOf } from '../boot/choose.js';
import type { EntryDefinition, EntryId } from '../entry/entry.js';
import {
  type ListedHypercall,
  operationNames,
  type PlatformDefinition,
  type PlatformId,
  type PlatformOperation,
} from '../platform/platform.js';

/** A platform as `zeropage platforms --json` shows it. */
export interface PlatformReport {
  readonly id: PlatformId;
  readonly title: string;
  /** Entries that can be taken on it. */
  readonly entries: readonly EntryId[];
  /** Every operation there is, and whose it is. */
  readonly operations: readonly ({ readonly name: string } & PlatformOperation)[];
  readonly hypercalls: readonly ListedHypercall[];
}

export function platformReport(
  { id, title, operations, hypercalls = [] }: PlatformDefinition,
  entries: readonly EntryDefinition[],
): PlatformReport {
  return {
    id,
    title,
    entries: entries
      .filter((entry) => entry.start && platformsOf(entry).includes(id))
      .map((entry) => entry.id),
    operations: operationNames.map((name) => ({ name, ...operations[name] })),
    hypercalls,
  };
}
