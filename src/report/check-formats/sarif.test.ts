import { createRequire } from 'node:module';
import { Ajv } from 'ajv';
import { expect, test } from 'vitest';
import { awkwardCheck, checkedImage, finding } from '../../../test/craft/check.js';
import { baselineOf } from '../../contract/baseline.js';
import { type Checked, checkReport } from '../check.js';
import { sarif } from './sarif.js';

/** The schema of the standard, without the keywords of draft 4 that name it. */
const {
  $schema: _,
  id: _id,
  ...schema
} = createRequire(import.meta.url)('@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json');
const formats = {
  uri: (text: string) => URL.canParse(text),
  'uri-reference': (text: string) => URL.canParse(text, 'file:///base/') && !/[\s"<>\\^`{|}]/.test(text),
  'date-time': (text: string) => !Number.isNaN(Date.parse(text)),
};
const valid = new Ajv({ strict: false, unicodeRegExp: false, allErrors: true, formats }).compile(schema);

interface Log {
  readonly runs: readonly [
    {
      readonly tool: {
        readonly driver: {
          readonly rules: readonly { readonly id: string; readonly help: { readonly text: string } }[];
        };
      };
      readonly invocations: readonly [{ readonly executionSuccessful: boolean }];
      readonly results: readonly {
        readonly ruleId: string;
        readonly ruleIndex: number;
        readonly level: string;
        readonly partialFingerprints: Readonly<Record<string, string>>;
        readonly locations: readonly object[];
      }[];
    },
  ];
}

function log(checked: Checked, terms = {}, homepage?: string): Log {
  const edition = { page: {}, version: '1.2.3', homepage };
  const value = JSON.parse(sarif.render(checkReport(checked, terms), edition));
  valid(value);
  expect(valid.errors).toBeNull();
  return value;
}

test('follows the schema, and names rule, level and place of each finding', () => {
  const { tool, invocations, results } = log(awkwardCheck).runs[0];
  expect(results.map(({ ruleId, level }) => [ruleId, level])).toEqual([
    ['crc32-mismatch', 'note'],
    ['xen-note-misplaced', 'warning'],
    ['entry-does-not-boot', 'error'],
    ['entry-does-not-boot', 'error'],
  ]);
  for (const { ruleId, ruleIndex } of results) expect(tool.driver.rules[ruleIndex]!.id).toBe(ruleId);
  expect(results[2]!.locations).toEqual([
    {
      physicalLocation: {
        artifactLocation: { uri: 'some%20where/a%23b%7Cc%2C%3C%22%26%22%3E%3A%25%01', index: 0 },
        region: { startLine: 1 },
      },
      logicalLocations: [
        { name: 'pvh/xen-pvh', fullyQualifiedName: 'pvh/xen-pvh', kind: 'module' },
        { name: 'setup_arch', fullyQualifiedName: 'pvh/xen-pvh::setup_arch', kind: 'function' },
      ],
    },
  ]);
  expect(invocations[0].executionSuccessful).toBe(false);
});

test('a rule has the address of its page where there is one, else its name in the package', () => {
  const ruleOf = (homepage?: string) =>
    log(awkwardCheck, {}, homepage).runs[0].tool.driver.rules.find(({ id }) => id === 'entry-does-not-boot');
  const page = 'docs/rules/entry-does-not-boot.md';
  expect(ruleOf()).not.toHaveProperty('helpUri');
  expect(ruleOf()!.help.text).toContain(`See ${page} of zeropage.`);
  expect(ruleOf('https://example.org/z')).toMatchObject({
    helpUri: `https://example.org/z/${page}`,
    help: { markdown: expect.stringContaining(`[${page}](https://example.org/z/${page})`) },
  });
});

test('an empty check and one against a baseline follow it, too', () => {
  expect(log({ rules: [], images: [], findings: [] }).runs[0].results).toEqual([]);
  const one = { rules: [], images: [checkedImage('a')], findings: [finding('a', 'x', 'error')] };
  expect(log(one, { baseline: baselineOf([finding('a', 'y', 'error')]) }).runs[0].results).toMatchObject([
    { ruleId: 'x', baselineState: 'new' },
  ]);
});

test('fingerprints are the same after a rebuild, and no two of an image alike', () => {
  const prints = (name: string, instruction: number): string[] => {
    const at = { entry: 'pvh', function: name, instruction };
    const findings = [
      finding('a', 'x', 'error', at),
      finding('a', 'x', 'error', at),
      finding('a', 'z', 'error', at),
    ];
    return log({ rules: [], images: [checkedImage('a')], findings }).runs[0].results.map(
      ({ partialFingerprints }) => partialFingerprints.primaryLocationLineHash!,
    );
  };
  expect(new Set(prints('f', 1)).size).toBe(3);
  expect(prints('f.constprop.0', 2)).toEqual(prints('f', 1));
});
