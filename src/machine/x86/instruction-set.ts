import { here } from '../engine/layout.js';
import { callNode, i32 } from '../wasm/code.js';
import { Emitter } from './emitter/emitter.js';
import { X86Region } from './emitter/x86-region.js';
import { lazyAuxFunction, lazyFlagsFunction } from './flags/lazy-flags.js';
import {
  emitInstruction,
  type X86Frame,
  type X86Handler,
  type X86InstructionSet,
  x86Border,
} from './handlers.js';
import { hotHandlers } from './hot-handlers.js';
import { state } from './state.js';

function emit(handler: X86Handler, frame: X86Frame): void {
  const { form } = handler;
  if (handler.encoding) {
    const { encoding, size, sizes, long, repeated } = handler;
    emitInstruction(new Emitter(frame, size, sizes, form, long, encoding.index), encoding, repeated);
    return;
  }
  const x = new Emitter(frame, 8, [8], form, form !== 'g');
  if (form) x.body.store64(here, x.address(0, 8), state.address);
  frame.leave(callNode('i32', frame.library.system, x.rec));
}

/** The instruction set as the engine asks for it. */
export function x86InstructionSet(handlers: readonly X86Handler[]): X86InstructionSet {
  return {
    handlers,
    hot: hotHandlers,
    border: x86Border,
    emit,
    settling: (module) => ({
      function: lazyFlagsFunction(module),
      needed: () => i32.load(here, state.flagsKind),
    }),
    regions: (module) => {
      const lazyAux = lazyAuxFunction(module);
      return (body, plan, memory) => new X86Region(body, plan, memory, lazyAux);
    },
  };
}
