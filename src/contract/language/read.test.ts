import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { ContractError } from './contract-error.js';
import { contractOf, readContract } from './read.js';

const schema = JSON.parse(
  readFileSync(new URL('../../../schema/contract.schema.json', import.meta.url), 'utf8'),
);
const isValid = new Ajv2020({ strict: false }).compile(schema);

const whole = `# yaml-language-server: $schema=contract.schema.json
version: 1
comment: What we ship
rules:
  - name: offers
    comment: Xen guests
    severity: warning
    offered: [pvh, xen-pv]
  - name: early
    required: [a, b]
    before: start_kernel
    after: startup_64
    runs: exactly once
    first-within: { instructions: 100, of: startup_64 }
    when: { entries: pvh, platforms: [bare, xen-pvh], subarchs: [PC, 7], cpu: x86-64 }
detectors: { entry-does-not-boot: off }
expect:
  - { rule: early, entry: pvh, function: a, because: It has none. }
`;

function errorOf(text: string): ContractError {
  try {
    readContract(text);
  } catch (error) {
    if (error instanceof ContractError) return error;
    throw error;
  }
  throw new Error('it was read');
}

test('YAML and JSON are read alike, and are as the schema says', () => {
  const contract = readContract(whole);
  expect(contract.rules).toHaveLength(2);
  expect(contract.detectors).toEqual({ 'entry-does-not-boot': 'off' });
  expect(readContract(JSON.stringify(contract, null, '\t'))).toEqual(contract);
  expect(contractOf(contract)).toBe(contract);
  expect(isValid(contract)).toBe(true);
});

describe('what is wrong is said with its place, and what there is', () => {
  test.each([
    ['version: 2', '1:10', "version: '2' is no version of the format", 'the version is 1'],
    ['rules: []', '1:1', "'version' is missing", 'Of this format.'],
    ['', '1:1', 'nothing where keys with values are expected', undefined],
    ['- 1', '1:1', 'a list where keys with values are expected', undefined],
    ['version: 1\nrules: 5', '2:8', "rules: '5' where a list is expected", undefined],
    ['version: 1\nrules:\n  - name: a', '3:5', 'rules[0]: the rule says nothing', /offered, not-offered/],
    [
      'version: 1\nrules:\n  - name: a\n    ofered: pvh',
      '4:5',
      "rules[0]: unknown key 'ofered'",
      /did you mean 'offered'\?/,
    ],
    [
      'version: 1\nrules:\n  - {name: a, offered: [pvh, pvg]}',
      '3:30',
      "rules[0].offered[1]: 'pvg' is none of the entries",
      /did you mean 'pvh'\? The entries are: linux16/,
    ],
    [
      'version: 1\nrules:\n  - {name: a, offered: pvh, reaches: entry}',
      '3:29',
      "rules[0]: 'reaches' in a rule that is 'offered' already",
      'make two rules of it',
    ],
    [
      'version: 1\nrules:\n  - {name: a, forbidden: f, runs: not twice}',
      '3:29',
      "rules[0]: unknown key 'runs'",
      /the keys here are: name, comment, severity, when, forbidden, before/,
    ],
    ['version: 1\nrules:\n  - {name: a, required: []}', '3:25', 'rules[0].required: an empty list', /one/],
    [
      'version: 1\nrules:\n  - {name: a, required: f, when: {platforms: vmware}}',
      '3:46',
      "rules[0].when.platforms: 'vmware' is none of the platforms",
      /bare, kvm, xen-pv, xen-pvh/,
    ],
    [
      'version: 1\nrules:\n  - {name: a, required: f}\n  - {name: a, required: g}',
      '4:12',
      "rules[1].name: a second rule 'a'",
      'each needs a name of its own',
    ],
    ['version: 1\ndetectors: {no-such: off}', '2:13', "detectors: unknown key 'no-such'", /entry-does-not/],
    ['version: 1\nexpect: [{rule: x}]', '2:10', "expect[0]: 'because' is missing", 'Why it is by design.'],
    [
      'version: 1\nexpect: [{rule: entry-does-not-bot, because: We know.}]',
      '2:17',
      "expect[0].rule: there is no rule 'entry-does-not-bot' that could find anything",
      "did you mean 'entry-does-not-boot'?",
    ],
    [
      'version: 1\nrules: [{name: mine, offered: pvh}]\nexpect: [{rule: other-thing, because: We know.}]',
      '3:17',
      /no rule 'other-thing'/,
      /docs\/rules/,
    ],
    ['version: 1\nname: "x\n', '3:1', /quote/, 'this is no YAML'],
    ['version: 1\nversion: 1\n', '2:1', /unique/, 'this is no YAML'],
  ])('%j', (text, place, message, hint) => {
    const error = errorOf(text);
    expect(error.place).toBe(place);
    if (typeof message === 'string') expect(error.message).toBe(message);
    else expect(error.message).toMatch(message);
    if (hint instanceof RegExp) expect(error.hint).toMatch(hint);
    else expect(error.hint).toBe(hint);
  });

  test('of a module by its keys', () => {
    expect(() => contractOf({ version: 1, rules: [{ name: 'a', offered: ['pvg'] }] })).toThrow(
      expect.objectContaining({ place: 'rules[0].offered[0]', message: "'pvg' is none of the entries" }),
    );
    expect(() => contractOf(undefined)).toThrow('nothing where keys with values are expected');
  });
});

test.each([
  [{ version: 1, rules: [{ name: 'a' }] }],
  [{ version: 1, rules: [{ name: 'a', offered: 'pvg' }] }],
  [{ version: 1, rules: [{ name: 'a', forbidden: 'f', runs: 'not twice' }] }],
  [{ version: 1, rules: [{ name: 'a', limit: 'instructions', before: 'f' }] }],
  [{ version: 1, rules: [{ name: 'a', limit: 'instructions', growth: 'some' }] }],
  [{ version: 1, detectors: { 'entry-does-not-boot': 'hidden' } }],
])('the schema refuses what the reader refuses: %j', (contract) => {
  expect(isValid(contract)).toBe(false);
  expect(() => contractOf(contract)).toThrow(ContractError);
});
