import { createHash } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deserialize, serialize } from 'node:v8';
import { inject } from 'vitest';
import { openImage } from '../../src/image/open.js';
import type { Recording } from '../../src/trace/recording.js';
import { type TraceOptions, trace } from '../../src/trace/trace.js';
import { corpusFile } from '../../tools/corpus/locate.js';
import { withLock } from '../../tools/corpus/lock.js';

/**
 * The recording of a corpus kernel's boot, without KASLR. Test files ask for the same ones: whoever is first
 * makes it, and the others of this run read it.
 */
export async function recorded(id: string, options: TraceOptions): Promise<Recording> {
  const platform = options.entry === 'xen-pv' ? 'xen-pv' : 'bare';
  const wanted = { append: 'nokaslr', memory: 512, platform, ...options } as const;
  const sorted = Object.entries(wanted).sort(([a], [b]) => (a < b ? -1 : 1));
  const key = createHash('sha256')
    .update(JSON.stringify([id, sorted]))
    .digest('hex');
  const file = join(inject('runFolder'), key);
  const make = async (): Promise<void> => {
    if (existsSync(file)) return;
    const image = await openImage(new Uint8Array(readFileSync(corpusFile(id)!.path)));
    const { recording } = await trace(image, wanted);
    writeFileSync(`${file}.part`, serialize(recording));
    renameSync(`${file}.part`, file);
  };
  if (!existsSync(file)) await withLock(`${file}.lock`, make, () => {});
  return deserialize(readFileSync(file)) as Recording;
}
