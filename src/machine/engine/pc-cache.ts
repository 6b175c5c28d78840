import type { PhysicalMemory } from '../memory.js';
import { type Body, type I32, i32, i64, type Local } from '../wasm/code.js';
import type { Block } from './block.js';
import { here, pcCache, words } from './layout.js';

/** Enters a block under the current key; the hash is that of `findInPcCache`. */
export function enterPcCache({ i32 }: PhysicalMemory, { page, offset, at }: Block): void {
  const low = (page * 4096) | offset;
  const high = Math.floor(page / 0x100000) | 0;
  const hash = (low ^ (low >>> 12)) & (pcCache.entries - 1);
  const entry = (pcCache.start + hash * pcCache.entrySize) >> 2;
  i32[entry] = low ^ i32[words.cacheKey >> 2]!;
  i32[entry + 1] = high ^ i32[(words.cacheKey >> 2) + 1]!;
  i32[entry + 2] = at;
}

export function emptyPcCache({ i32 }: PhysicalMemory): void {
  i32.fill(-1, pcCache.start >> 2, (pcCache.start + pcCache.entries * pcCache.entrySize) >> 2);
}

/** Emits a look into the cache from linear address to block: whether it is there, and the block if so. */
export function findInPcCache(body: Body, pc: Local<'i64'>): { hit: I32; block: I32 } {
  const low = i32.wrap(pc);
  const hash = i32.and(i32.xor(low, i32.shr_u(low, i32.const(12))), i32.const(pcCache.entries - 1));
  const entry = body.let(i32.mul(hash, i32.const(pcCache.entrySize)));
  const key = i64.xor(pc, i64.load(here, words.cacheKey));
  return {
    hit: i64.eq(i64.load(entry, pcCache.start), key),
    block: i32.load(entry, pcCache.start + 8),
  };
}
