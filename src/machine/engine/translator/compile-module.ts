import type { PhysicalMemory } from '../../memory.js';
import { ModuleBuilder } from '../../wasm/module.js';
import { lazyAuxFunction } from '../../x86/flags/lazy-flags.js';
import type { HandlerSource } from '../interpreter/interpreter.js';
import { emitRegion, type PlannedRegion } from './region-function.js';

/** A module of regions. */
export interface CompiledModule {
  readonly module: WebAssembly.Module;
  /** Bytes of WebAssembly. */
  readonly bytes: number;
  /** Milliseconds. */
  readonly emission: number;
  readonly compilation: number;
}

/** Compiles a module's bytes at once. A browser's main thread may refuse large ones. */
export type Compile = (bytes: Uint8Array<ArrayBuffer>) => WebAssembly.Module;

/** Name under which a module exports the region of a slot. */
export const exportName = (slot: number): string => `r${slot}`;

/** Emits and compiles a module; `made` is the interpreter's. */
export function compileModule(
  regions: readonly PlannedRegion[],
  memory: PhysicalMemory,
  made: readonly (HandlerSource | undefined)[],
  compile: Compile,
): CompiledModule {
  const began = performance.now();
  const builder = new ModuleBuilder();
  builder.importMemory('machine', 'memory', 1);
  const lazyAux = lazyAuxFunction(builder);
  for (const region of regions)
    builder.exportFunction(exportName(region.slot), emitRegion(builder, region, memory, made, lazyAux));
  const bytes = builder.encode();
  const emitted = performance.now();
  const module = compile(bytes);
  const compiled = performance.now();
  return { module, bytes: bytes.length, emission: emitted - began, compilation: compiled - emitted };
}
