import { configDefaults, defineConfig } from 'vitest/config';
import { SlowestFirst } from './tools/check/sequencer.js';

const all = ['src/**/*.test.ts', 'test/**/*.test.ts', 'tools/**/*.test.ts'];
/** One measures the memory that it takes, one loads modules a second time as packages. */
const alone = ['test/hostile.test.ts', 'test/library/examples.test.ts'];

export default defineConfig({
  test: {
    testTimeout: 180_000,
    hookTimeout: 180_000,
    // One less by default, which is half of a small machine.
    maxWorkers: '100%',
    globalSetup: ['test/trace/run-folder.ts'],
    sequence: { sequencer: SlowestFirst },
    projects: [
      // Modules are imported, and the interpreter generated, once a worker and not once a file. Nothing in them may change.
      {
        extends: true,
        test: {
          name: 'shared',
          include: all,
          exclude: [...configDefaults.exclude, ...alone],
          isolate: false,
        },
      },
      { extends: true, test: { name: 'alone', include: alone, isolate: true } },
    ],
  },
});
