import { visible } from '../text/visible.js';
import type { TestCase, TestGroup } from './test-case.js';

/**
 * The Kernel Test Anything Protocol, version 1 (Linux Documentation/dev-tools/ktap.rst): a test an image, with a subtest a case.
 */
export function ktapText(groups: readonly TestGroup[]): string {
  const lines = ['KTAP version 1', `1..${groups.length}`, ...groups.flatMap(groupLines)];
  return `${lines.join('\n')}\n`;
}

function groupLines({ image, skipped, cases }: TestGroup, index: number): string[] {
  const failed = cases.some(({ result }) => result === 'failed' || result === 'error');
  const subtests = [
    'KTAP version 1',
    `# Subtest: ${description(image)}`,
    `1..${cases.length}`,
    ...cases.flatMap(caseLines),
  ];
  // A plan of none is no test at all.
  const nested = cases.length > 0 ? subtests.map((line) => `  ${line}`) : [];
  const skip = skipped === null || failed ? '' : ` # SKIP ${visible(skipped)}`;
  return [...nested, `${failed ? 'not ok' : 'ok'} ${index + 1} ${description(image)}${skip}`];
}

/** Diagnostic lines stand before the result that they are about. */
function caseLines({ name, result, short, lines }: TestCase, index: number): string[] {
  const line = `${index + 1} ${description(name)}`;
  const [first = '', ...more] = lines.map(visible);
  if (result === 'skipped') return [`ok ${line} # SKIP ${first || visible(short)}`];
  const ok = result === 'passed' ? 'ok' : 'not ok';
  if (result === 'passed' && lines.length === 0) return [`${ok} ${line}`];
  const diagnostics = [`${visible(name)}: ${visible(short)}: ${first}`, ...more.map((each) => `  ${each}`)];
  return [...diagnostics.map((text) => `# ${text}`), `${ok} ${line}`];
}

/** A hash sign would begin a directive; the protocol has no way to escape it. */
function description(text: string): string {
  return visible(text).replaceAll('#', '_');
}
