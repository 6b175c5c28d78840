import { visible } from '../text/visible.js';
import type { TestCase, TestGroup } from './test-case.js';

/**
 * JUnit's XML as Ant writes it: a suite an image. It has no specification; elements, attributes and their order here are those
 * that both the schema of Ant's format (JUnit.xsd of windyroad/JUnit-Schema) and that of Jenkins' xUnit plugin (junit-10.xsd) take.
 */
export function junitText(groups: readonly TestGroup[], began: Date): string {
  const suites = groups.flatMap((group, id) => suite(group, id, began));
  return ['<?xml version="1.0" encoding="UTF-8"?>', '<testsuites>', ...suites, '</testsuites>', ''].join(
    '\n',
  );
}

function suite({ image, skipped, cases }: TestGroup, id: number, began: Date): string[] {
  const number = (wanted: TestCase['result']): number =>
    cases.filter(({ result }) => result === wanted).length;
  const head = attributes({
    id,
    package: 'zeropage',
    name: image,
    timestamp: began.toISOString().slice(0, 19),
    hostname: 'localhost',
    tests: cases.length,
    failures: number('failed'),
    errors: number('error'),
    skipped: number('skipped'),
    time: seconds(cases.reduce((sum, one) => sum + one.seconds, 0)),
  });
  // Neither schema has room for what a test that passed says.
  const said = cases.flatMap(({ name, result, short, lines }) =>
    result === 'passed' && lines.length > 0 ? [`${name}: ${short}`, ...lines.map((line) => `  ${line}`)] : [],
  );
  return [
    `  <testsuite${head}>`,
    '    <properties/>',
    ...cases.flatMap((one) => testCase(image, one)),
    `    <system-out>${text(skipped === null ? said : [skipped, ...said])}</system-out>`,
    '    <system-err/>',
    '  </testsuite>',
  ];
}

function testCase(image: string, { name, result, short, lines, seconds: time }: TestCase): string[] {
  const head = `    <testcase${attributes({ name, classname: image, time: seconds(time) })}`;
  if (result === 'passed') return [`${head}/>`];
  const inside =
    result === 'skipped'
      ? `<skipped${attributes({ message: lines[0] || short })}/>`
      : `<${elements[result]}${attributes({ message: short, type: short })}>${text(lines)}</${elements[result]}>`;
  return [`${head}>`, `      ${inside}`, '    </testcase>'];
}

const elements = { failed: 'failure', error: 'error' } as const;

const seconds = (value: number): string => value.toFixed(3);

function attributes(values: Readonly<Record<string, string | number>>): string {
  return Object.entries(values)
    .map(([name, value]) => ` ${name}="${escaped(String(value))}"`)
    .join('');
}

const text = (lines: readonly string[]): string => lines.map(escaped).join('\n');

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** Text that XML 1.0 takes: without control characters, lone surrogates and the two that are no characters. */
function escaped(text: string): string {
  return visible(text)
    .replace(/[\p{Cs}\ufffe\uffff]/gu, '\ufffd')
    .replace(/[&<>"]/g, (char) => entities[char]!);
}
