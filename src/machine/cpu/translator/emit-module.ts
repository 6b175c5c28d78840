import { ModuleBuilder } from '../../wasm/module.js';
import type { HandlerSource } from '../interpreter.js';
import { lazyFlagsFunction } from '../lazy-flags.js';
import type { RegionJob } from './job.js';
import { emitRegion } from './region-function.js';

/** Name under which a module exports the region of a slot. */
export const exportName = (slot: number): string => `r${slot}`;

/** WebAssembly of a module with these regions; `made` is the interpreter's. */
export function emitModule(
  jobs: readonly RegionJob[],
  made: readonly (HandlerSource | undefined)[],
): Uint8Array<ArrayBuffer> {
  const module = new ModuleBuilder();
  module.importMemory('machine', 'memory', 1);
  const knowFlags = lazyFlagsFunction(module);
  for (const job of jobs)
    module.exportFunction(exportName(job.slot), emitRegion(module, job, made, knowFlags));
  return module.encode();
}
