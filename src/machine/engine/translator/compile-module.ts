import type { PhysicalMemory } from '../../memory.js';
import { ModuleBuilder } from '../../wasm/module.js';
import type { Handler, InstructionSet } from '../architecture.js';
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
export function compileModule<H extends Handler>(
  regions: readonly PlannedRegion[],
  memory: PhysicalMemory,
  set: Pick<InstructionSet<H>, 'regions' | 'traces'>,
  made: readonly (H | undefined)[],
  compile: Compile,
): CompiledModule {
  const began = performance.now();
  const builder = new ModuleBuilder();
  builder.importMemory('machine', 'memory', 1);
  const makeState = set.regions(builder);
  for (const region of regions)
    builder.exportFunction(
      exportName(region.slot),
      emitRegion(builder, region, memory, made, makeState, set.traces?.stackPointer),
    );
  const bytes = builder.encode();
  const emitted = performance.now();
  const module = compile(bytes);
  const compiled = performance.now();
  return { module, bytes: bytes.length, emission: emitted - began, compilation: compiled - emitted };
}
