import { defineConfig } from 'vitest/config';
import { SlowestFirst } from './tools/check/sequencer.js';

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts', 'tools/**/*.test.ts'],
    testTimeout: 180_000,
    hookTimeout: 180_000,
    // One less by default, which is half of a small machine.
    maxWorkers: '100%',
    // Modules are imported, and the interpreter generated, once a worker and not once a file. Nothing in them may change.
    isolate: false,
    globalSetup: ['test/trace/run-folder.ts'],
    sequence: { sequencer: SlowestFirst },
  },
});
