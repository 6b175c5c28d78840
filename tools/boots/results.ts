import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What is kept of a boot. */
export interface BootRecord {
  readonly key: string;
  readonly verdict: string;
  readonly reason: string;
  readonly instructions: number;
  readonly seconds: number;
  readonly slide: string | null;
  readonly hash: string | null;
}

/**
 * Results on disk, one a line, so that an interrupted run goes on where it was. They hold only for the sources and kernels
 * they were made with, whose digest names the file.
 */
export class Results {
  readonly path: string;
  readonly #known = new Map<string, BootRecord>();

  constructor(kernels: readonly string[], fresh: boolean) {
    const cache = process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache');
    const folder = join(cache, 'zeropage', 'boots');
    mkdirSync(folder, { recursive: true });
    this.path = join(folder, `${digest(kernels)}${fresh ? `-${Date.now()}` : ''}.jsonl`);
    if (!existsSync(this.path)) return;
    for (const line of readFileSync(this.path, 'utf8').split('\n')) {
      // The last line is incomplete where a run was killed while writing it.
      if (line.endsWith('}')) this.#remember(JSON.parse(line));
    }
  }

  get(key: string): BootRecord | undefined {
    return this.#known.get(key);
  }

  add(record: BootRecord): void {
    appendFileSync(this.path, `${JSON.stringify(record)}\n`);
    this.#remember(record);
  }

  #remember(record: BootRecord): void {
    this.#known.set(record.key, record);
  }
}

/** Rooms that decide how a boot goes. */
const bootRooms = ['abi', 'boot', 'core', 'entry', 'image', 'machine', 'platform'];

/** Of the sources of some rooms, and of what else decides. */
export function digest(kernels: readonly string[], rooms: readonly string[] = bootRooms): string {
  const hash = createHash('sha256');
  const src = fileURLToPath(new URL('../../src', import.meta.url));
  for (const room of rooms) {
    const folder = join(src, room);
    if (!existsSync(folder)) continue;
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();
    for (const file of files) {
      if (!file.endsWith('.ts') || file.endsWith('.test.ts')) continue;
      hash.update(`${room}/${file}\0`).update(readFileSync(join(folder, file)));
    }
  }
  for (const kernel of kernels) hash.update(kernel);
  return hash.digest('hex').slice(0, 16);
}
