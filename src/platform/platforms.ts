import { orderedTable } from '../core/ordered-table.js';
import { bare } from './bare.js';
import type { PlatformDefinition, PlatformId } from './platform.js';
import { xenPv } from './xen-pv.js';

/** All platforms, in the order they are shown in. */
export const platforms: readonly PlatformDefinition[] = orderedTable('platforms', [bare, xenPv]);

export function platformOf(id: PlatformId): PlatformDefinition {
  const platform = platforms.find((one) => one.id === id);
  if (!platform) throw new Error(`there is no platform '${id}'`);
  return platform;
}
