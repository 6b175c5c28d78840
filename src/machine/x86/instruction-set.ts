import { GPR } from '../../abi/x86/registers.js';
import { here } from '../engine/layout.js';
import { callNode, i32 } from '../wasm/code.js';
import { type X86Frame, x86Border } from './border.js';
import { Emitter } from './emitter/emitter.js';
import { X86Region } from './emitter/x86-region.js';
import { lazyAuxFunction, lazyFlagsFunction } from './flags/lazy-flags.js';
import { emitInstruction, type X86Handler, type X86InstructionSet } from './handlers.js';
import { hotHandlers } from './hot-handlers.js';
import { gprOffset, state } from './state.js';

function emit(handler: X86Handler, frame: X86Frame, traced: boolean): void {
  const { form } = handler;
  if (handler.encoding) {
    const { encoding, size, sizes, long, repeated } = handler;
    const x = new Emitter(frame, { size, sizes, form, long, encoding: encoding.index, traced });
    emitInstruction(x, encoding, repeated);
    return;
  }
  const x = new Emitter(frame, { size: 8, sizes: [8], form, long: form !== 'g', traced });
  if (form) x.body.store64(here, x.address(0, 8), state.address);
  frame.leave(callNode('i32', frame.library.system, x.rec));
}

/** The instruction set as the engine asks for it; `traced`: its code writes down transfers of control. */
export function x86InstructionSet(handlers: readonly X86Handler[], traced = false): X86InstructionSet {
  return {
    handlers,
    hot: hotHandlers,
    border: x86Border,
    traces: traced ? { stackPointer: gprOffset(GPR.RSP) } : undefined,
    emit: (handler, frame) => emit(handler, frame, traced),
    settling: (module) => ({
      function: lazyFlagsFunction(module),
      needed: () => i32.load(here, state.flagsKind),
    }),
    regions: (module) => {
      const lazyAux = lazyAuxFunction(module);
      return (body, plan, memory) => new X86Region(body, plan, memory, lazyAux, traced);
    },
  };
}
