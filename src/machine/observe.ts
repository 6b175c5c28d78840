/** What those who look at a run from outside of the machine are shown of the engine: decoded code, and what was translated; and how control goes from function to function. */
export type { Block } from './engine/block.js';
export {
  type Marks,
  type Note,
  returned,
  sourceOf,
  type Tracer,
  takeNote,
  transfer,
} from './engine/transfers.js';
export type { TranslatorStatistics } from './engine/translator/translator.js';
export type { Watch } from './engine/watched-frames.js';
