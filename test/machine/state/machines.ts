/** Loaded by `importOpen`: machines of every kind, and their hash. */
export { Machine } from '../../../src/machine/machine.js';
export { stateHash } from '../../../src/machine/state-hash.js';
export { platforms } from '../../../src/platform/platforms.js';
