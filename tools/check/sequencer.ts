import { relative } from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * Test files that take longest, longest first; they are begun in this order, and the others behind them. Without it a
 * machine that never ran them begins with the largest files, and ends with one worker waiting for the other.
 */
export const slowest: readonly string[] = [
  'test/trace/golden.test.ts',
  'test/trace/partings.test.ts',
  'test/boot/verdicts.test.ts',
  'test/boot/corpus.test.ts',
  'test/platform/xen-boots.test.ts',
  'test/trace/corpus.test.ts',
  'test/cli/inspect-json.test.ts',
  'src/entry/grub-file.test.ts',
  'test/cli/paths.test.ts',
  'test/stub/efi.test.ts',
  'test/stub/wrap.test.ts',
  'test/view/page.test.ts',
  'test/library/examples.test.ts',
  'test/cli/boot.test.ts',
  'test/autopsy/corpus.test.ts',
  'test/trace/marks.test.ts',
  'test/cli/matrix.test.ts',
  'test/cli/errors.test.ts',
  'test/cli/inspect-text.test.ts',
  'test/stub/conformance.test.ts',
  'test/translator/boot.test.ts',
  'test/trace/oracle.test.ts',
  'test/cli/grub-file.test.ts',
  'src/image/codec/codecs.test.ts',
];

/** A file's place in the table; behind all of it where it is not in there. */
function place(root: string, { moduleId }: TestSpecification): number {
  const at = slowest.indexOf(relative(root, moduleId));
  return at < 0 ? slowest.length : at;
}

export class SlowestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const { root } = this.ctx.config;
    const sorted = await super.sort(files);
    return sorted.sort((a, b) => place(root, a) - place(root, b));
  }
}
