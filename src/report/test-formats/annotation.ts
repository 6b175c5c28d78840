import { visible } from '../text/visible.js';

/** Something to show beside a commit, as GitHub has it. */
export interface Annotation {
  readonly level: 'error' | 'warning' | 'notice';
  readonly title: string;
  readonly lines: readonly string[];
}

/** Of each level in one step; GitHub drops what is beyond without a word (actions/toolkit, docs/problem-matchers.md). */
const MOST = 10;
/** Characters of a title (docs.github.com, REST API, "Check runs": annotations). */
const LONGEST_TITLE = 255;

/**
 * Annotations of GitHub Actions (docs.github.com, "Workflow commands for GitHub Actions"), and a notice with the sum in the end.
 * What GitHub would drop stands in the log as text, and the sum says so.
 */
export function annotationsText(
  annotations: readonly Annotation[],
  sum: Omit<Annotation, 'level' | 'lines'> & { readonly line: string },
): string {
  // The sum is a notice, too.
  const most = { error: MOST, warning: MOST, notice: MOST - 1 };
  const seen = { error: 0, warning: 0, notice: 0 };
  let left = 0;
  const lines = annotations.map((one) => {
    if (++seen[one.level] <= most[one.level]) return command(one);
    left++;
    return [`${one.level}: ${visible(one.title)}`, ...one.lines.map((line) => `  ${visible(line)}`)].join(
      '\n',
    );
  });
  const more = left > 0 ? `; ${left} more than GitHub shows stand in the log` : '';
  return `${[...lines, command({ level: 'notice', title: sum.title, lines: [`${sum.line}${more}`] })].join('\n')}\n`;
}

function command({ level, title, lines }: Annotation): string {
  const data = (text: string): string => visible(text).replaceAll('%', '%25');
  // In a property, what ends it is escaped, too.
  const property = data([...title].slice(0, LONGEST_TITLE).join(''));
  return `::${level} title=${property.replaceAll(':', '%3A').replaceAll(',', '%2C')}::${lines.map(data).join('%0A')}`;
}
