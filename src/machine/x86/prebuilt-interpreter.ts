import type { PackedInterpreter } from './packed-interpreter.js';

/**
 * The interpreter of `instructionSet`, which `npm run build` generates and writes in this file's place
 * (`tools/build/interpreter.ts`). The sources have none and generate it at run time.
 */
export const prebuilt = undefined as PackedInterpreter | undefined;
