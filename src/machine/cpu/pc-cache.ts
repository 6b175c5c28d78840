import { type Body, type I32, i32, i64, type Local } from '../wasm/code.js';
import { pcCache, state } from './state.js';

const nowhere = i32.const(0);

/** Emits a look into the cache from linear address to block: whether it is there, and the block if so. */
export function findInPcCache(body: Body, pc: Local<'i64'>): { hit: I32; block: I32 } {
  const low = i32.wrap(pc);
  const hash = i32.and(i32.xor(low, i32.shr_u(low, i32.const(12))), i32.const(pcCache.entries - 1));
  const entry = body.let(i32.mul(hash, i32.const(pcCache.entrySize)));
  const key = i64.xor(pc, i64.load(nowhere, state.cacheKey));
  return {
    hit: i64.eq(i64.load(entry, pcCache.start), key),
    block: i32.load(entry, pcCache.start + 8),
  };
}
