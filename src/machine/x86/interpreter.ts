import { type Interpreter, interpreterOf } from '../engine/interpreter/interpreter.js';
import type { Encoding } from './decoder/encoding.js';
import { handlersOf, type X86Handler, type X86InstructionSet } from './handlers.js';
import type { InstructionDescription } from './instruction.js';
import { x86InstructionSet } from './instruction-set.js';
import { instructionSet } from './instructions/index.js';
import { type PackedInterpreter, unpackInterpreter } from './packed-interpreter.js';
import { prebuilt } from './prebuilt-interpreter.js';

interface Built {
  readonly interpreter: Interpreter<X86Handler>;
  readonly set: X86InstructionSet;
}

/** Generates the interpreter of an instruction set; `traced`: it writes down transfers of control. */
export function buildInterpreter(encodings: readonly Encoding[], traced = false): Built {
  const set = x86InstructionSet(handlersOf(encodings), traced);
  return { set, interpreter: interpreterOf(set) };
}

/** The same from what a build has generated. */
export function prebuiltInterpreter(packed: PackedInterpreter, encodings: readonly Encoding[]): Built {
  const { handlers, bytes } = unpackInterpreter(packed, encodings);
  const set = x86InstructionSet(handlers);
  return { set, interpreter: interpreterOf(set, bytes) };
}

/** An interpreter ready to be instantiated. */
export interface CompiledInterpreter extends Built {
  readonly module: WebAssembly.Module;
}

const compiled = {
  plain: new WeakMap<readonly InstructionDescription[], CompiledInterpreter>(),
  traced: new WeakMap<readonly InstructionDescription[], CompiledInterpreter>(),
};

/** The interpreter of an instruction set: generated and compiled once for all processors that have it. */
export function compiledInterpreter(
  descriptions: readonly InstructionDescription[],
  encodings: readonly Encoding[],
  traced: boolean,
): CompiledInterpreter {
  const known = compiled[traced ? 'traced' : 'plain'];
  let found = known.get(descriptions);
  if (!found) {
    const built =
      prebuilt && !traced && descriptions === instructionSet
        ? prebuiltInterpreter(prebuilt, encodings)
        : buildInterpreter(encodings, traced);
    found = { ...built, module: new WebAssembly.Module(built.interpreter.bytes) };
    known.set(descriptions, found);
  }
  return found;
}
