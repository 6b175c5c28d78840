import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** A folder that all test files of one run share. */
    runFolder: string;
  }
}

/** Makes the folder before the first test file, and removes it behind the last. */
export default function setUp(project: TestProject): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'zeropage-run-'));
  project.provide('runFolder', folder);
  return () => rmSync(folder, { recursive: true });
}
