import { columnName } from '../boot/column-name.js';
import type { Path } from '../compare/path.js';

/** Paths by name: `linux64, pvh/xen-pvh`. */
export const nameAll = (paths: readonly Path[]): string =>
  paths.map(({ recording }) => columnName(recording.boot)).join(', ');
