import type { Handler, InstructionSet } from '../architecture.js';
import { pseudo } from '../record.js';
import type { Border } from './library.js';
import { emitInterpreter } from './module.js';

/** Where which handler is. */
export interface HandlerTable<H extends Handler = Handler> {
  readonly slots: ReadonlyMap<string, number>;
  /** For handlers that the loop holds in line: table slot → case in the loop. */
  readonly hot: ReadonlyMap<number, number>;
  /** What the handler in each slot was made from; nothing for the engine's own. */
  readonly made: readonly (H | undefined)[];
}

/** The generated interpreter: module bytes, and the table slot of every handler. */
export interface Interpreter<H extends Handler = Handler> extends HandlerTable<H> {
  readonly bytes: Uint8Array<ArrayBuffer>;
}

function handlerTable<H extends Handler>({
  handlers,
  hot,
}: Pick<InstructionSet<H>, 'handlers' | 'hot'>): HandlerTable<H> {
  const first = Object.keys(pseudo).length;
  const slots = new Map(handlers.map(({ key }, i) => [key, first + i]));
  const inLoop = handlers
    .filter(({ key }) => hot.has(key))
    .map(({ key }, i) => [slots.get(key)!, i + 1] as const);
  return { slots, hot: new Map(inLoop), made: [...Array<undefined>(first), ...handlers] };
}

/** The interpreter of an instruction set: generated, or from module bytes that were generated before. */
export function interpreterOf<H extends Handler, Own extends Border>(
  set: InstructionSet<H, Own>,
  bytes: Uint8Array<ArrayBuffer> = emitInterpreter(set),
): Interpreter<H> {
  return { ...handlerTable(set), bytes };
}
