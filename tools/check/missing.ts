import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Outside, packages } from './packages.js';

/** Debian packages by what they bring. */
const packageOf = new Map<string, string>(
  Object.entries(packages).flatMap(([name, brings]) => brings.map((what) => [what, name] as const)),
);

/** Why a program or file cannot be used here, with what to do about it; undefined when it can. */
export function missing(what: Outside): string | undefined {
  if (what.startsWith('/') ? existsSync(what) : isOnPath(what)) return undefined;
  return `no ${what}: apt-get install ${packageOf.get(what)}`;
}

/** Why the first of several that is missing cannot be used. */
export function anyMissing(...wanted: readonly Outside[]): string | undefined {
  return wanted.map(missing).find(Boolean);
}

function isOnPath(program: string): boolean {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
