import { waypointNames } from '../../boot/waypoints.js';
import { entries } from '../../entry/entries.js';
import { platformIds } from '../../platform/platform.js';
import { nameOf, part, type Shape, text } from './shape.js';

const entryIds = entries.map(({ id }) => id);

/** An entry by its id, and a platform. */
export const entryName = (description: string): Shape =>
  part('entryId', nameOf(entryIds, 'entries', description));
export const platformName = (description: string): Shape =>
  part('platformId', nameOf(platformIds, 'platforms', description));

export type WaypointName = (typeof waypointNames)[number];

/** A waypoint, or a function of the kernel. */
export type PlaceName = WaypointName | (string & {});

/** A waypoint or a function of the kernel; an editor completes the waypoints. */
export const place = (description: string): Shape => {
  const name = text(description);
  return {
    ...name,
    schema: { anyOf: [{ enum: waypointNames }, { type: 'string', minLength: 1 }], description },
  };
};

export const isWaypoint = (name: string): boolean => (waypointNames as readonly string[]).includes(name);
