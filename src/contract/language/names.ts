import { waypointNames } from '../../boot/waypoints.js';
import { entries } from '../../entry/entries.js';
import { platformIds } from '../../platform/platform.js';
import { nameOf, part, type Shape } from './shape.js';

const entryIds = entries.map(({ id }) => id);

/** An entry by its id, and a platform. */
export const entryName = (description: string): Shape =>
  part('entryId', nameOf(entryIds, 'entries', description));
export const platformName = (description: string): Shape =>
  part('platformId', nameOf(platformIds, 'platforms', description));

export type WaypointName = (typeof waypointNames)[number];

/** A waypoint by its name. */
export const waypoint = (description: string): Shape => nameOf(waypointNames, 'waypoints', description);

export const isWaypoint = (name: string): boolean => (waypointNames as readonly string[]).includes(name);
