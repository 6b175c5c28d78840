import { type Body, callNode, i32, i64 } from '../../wasm/code.js';
import { type FunctionHandle, ModuleBuilder } from '../../wasm/module.js';
import type { Handler, InstructionSet } from '../architecture.js';
import { here, words } from '../layout.js';
import { record, regionSlots } from '../record.js';
import { emitEnterBlock } from './enter-block.js';
import { type Border, border, declareImports, type Library } from './library.js';
import { emitLoop, emitRegions, handlerType } from './loop.js';
import { emitSlowAccess } from './slow-access.js';

/** Module bytes of the interpreter of an instruction set: the handlers, and the loop that runs records. */
export function emitInterpreter<H extends Handler, Own extends Border>(
  set: InstructionSet<H, Own>,
): Uint8Array<ArrayBuffer> {
  const module = new ModuleBuilder();
  module.importMemory('machine', 'memory', 1);
  const imported = { ...declareImports(module, border), ...declareImports(module, set.border) };
  const access = emitSlowAccess(module, imported);
  const library: Library<Own> = { ...imported, ...access, ...emitEnterBlock(module, imported, set.traces) };
  const settling = set.settling?.(module);
  const settle = (body: Body): void => {
    if (settling) body.if(settling.needed(), () => body.call(settling.function));
  };
  const handlers = emitHandlers(module, set, library);
  const regions = emitRegions(module, library, settle);
  module.exportFunction('run', emitLoop(module, set, library, regions));
  if (settling) module.exportFunction('settle', { index: settling.function });
  module.table(handlers);
  module.secondTable('regions', regionSlots);
  return module.encode();
}

/** Emits a function for each handler: the engine's own in the order of `pseudo`, then those of the instruction set. */
function emitHandlers<H extends Handler, Own extends Border>(
  module: ModuleBuilder,
  set: InstructionSet<H, Own>,
  library: Library<Own>,
): FunctionHandle[] {
  const handlers: FunctionHandle[] = [];
  const handler = (): Body => {
    const handle = module.function(handlerType);
    handlers.push(handle);
    return handle.body;
  };
  const next = handler();
  next.return(callNode('i32', library.follow, i32.add(next.param(0, 'i32'), i32.const(record.size))));
  next.unreachable();
  const exit = handler();
  exit.store64(here, i64.load(exit.param(0, 'i32'), record.immediate), words.pc);
  exit.return(i32.const(0));
  exit.unreachable();
  const again = handler();
  again.return(callNode('i32', library.refetch, again.param(0, 'i32')));
  again.unreachable();

  for (const source of set.handlers) {
    const body = handler();
    set.emit(source, { body, library, rec: body.param(0, 'i32'), leave: (next) => body.return(next) });
    body.unreachable();
  }
  return handlers;
}
