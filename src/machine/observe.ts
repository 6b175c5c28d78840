/** What those who look at a run from outside of the machine are shown of the engine: decoded code, and what was translated. */
export type { Block } from './engine/block.js';
export type { TranslatorStatistics } from './engine/translator/translator.js';
