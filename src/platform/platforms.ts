import { orderedTable } from '../core/ordered-table.js';
import { bare } from './bare.js';
import { kvm } from './kvm.js';
import type { PlatformDefinition, PlatformId } from './platform.js';
import { xenPv } from './xen-pv.js';
import { xenPvh } from './xen-pvh.js';

/** All platforms, in the order they are shown in. */
export const platforms: readonly PlatformDefinition[] = orderedTable('platforms', [bare, kvm, xenPv, xenPvh]);

export function platformOf(id: PlatformId): PlatformDefinition {
  const platform = platforms.find((one) => one.id === id);
  if (!platform) throw new Error(`there is no platform '${id}'`);
  return platform;
}
