import { visible } from '../text/visible.js';
import type { MatrixFormat } from './format.js';
import { type Outcome, type OutcomeGroup, outcomeGroups } from './outcomes.js';

/**
 * JUnit's XML as Ant writes it: a suite an image, a case a column. It has no specification; elements, attributes and their
 * order here are those that both the schema of Ant's format (JUnit.xsd of windyroad/JUnit-Schema) and that of Jenkins' xUnit
 * plugin (junit-10.xsd) take.
 */
export const junit: MatrixFormat = {
  id: 'junit',
  render(matrix, { began }) {
    const suites = outcomeGroups(matrix).flatMap((group, id) => suite(group, id, began));
    return ['<?xml version="1.0" encoding="UTF-8"?>', '<testsuites>', ...suites, '</testsuites>', ''].join(
      '\n',
    );
  },
};

function suite({ image, skipped, outcomes }: OutcomeGroup, id: number, began: Date): string[] {
  const number = (wanted: Outcome['result']): number =>
    outcomes.filter(({ result }) => result === wanted).length;
  const head = attributes({
    id,
    package: 'zeropage',
    name: image,
    timestamp: began.toISOString().slice(0, 19),
    hostname: 'localhost',
    tests: outcomes.length,
    failures: number('failed'),
    errors: number('error'),
    skipped: number('skipped'),
    time: seconds(outcomes.reduce((sum, one) => sum + one.seconds, 0)),
  });
  return [
    `  <testsuite${head}>`,
    '    <properties/>',
    ...outcomes.flatMap((outcome) => testCase(image, outcome)),
    `    <system-out>${escaped(skipped ?? '')}</system-out>`,
    '    <system-err/>',
    '  </testsuite>',
  ];
}

function testCase(image: string, { name, result, short, detail, seconds: time }: Outcome): string[] {
  const head = `    <testcase${attributes({ name, classname: image, time: seconds(time) })}`;
  if (result === 'passed') return [`${head}/>`];
  const inside =
    result === 'skipped'
      ? `<skipped${attributes({ message: detail || short })}/>`
      : `<${elements[result]}${attributes({ message: short, type: short })}>${escaped(detail)}</${elements[result]}>`;
  return [`${head}>`, `      ${inside}`, '    </testcase>'];
}

const elements = { failed: 'failure', error: 'error' } as const;

const seconds = (value: number): string => value.toFixed(3);

function attributes(values: Readonly<Record<string, string | number>>): string {
  return Object.entries(values)
    .map(([name, value]) => ` ${name}="${escaped(String(value))}"`)
    .join('');
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** Text that XML 1.0 takes: without control characters, lone surrogates and the two that are no characters. */
function escaped(text: string): string {
  return visible(text)
    .replace(/[\p{Cs}\ufffe\uffff]/gu, '\ufffd')
    .replace(/[&<>"]/g, (char) => entities[char]!);
}
