import { readFileSync } from 'node:fs';

/** What of package.json the command tells about itself. */
interface Manifest {
  readonly version: string;
  readonly homepage?: string;
}

const manifest = (): Manifest =>
  JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as Manifest;

/** The version in package.json. */
export const version = (): string => manifest().version;

/** Where the project's files can be read, without a slash at the end; undefined where package.json names no homepage. */
export const homepage = (): string | undefined => manifest().homepage?.replace(/(#.*|\/)$/, '');
