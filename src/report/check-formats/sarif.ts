import { baselineEntry, baselineKey } from '../../contract/baseline.js';
import type { KnownRule } from '../../contract/known-rules.js';
import type { CheckedImage, CheckFinding, CheckReport } from '../check.js';
import { visible } from '../text/visible.js';
import type { CheckFormat, Edition } from './format.js';

/**
 * The Static Analysis Results Interchange Format 2.1.0 (OASIS), with what GitHub's code scanning demands of it: a line of the file
 * that a result is about, although an image has none, and fingerprints by which a result is the same one in the next build.
 */
export const sarif: CheckFormat = {
  id: 'sarif',
  render(report, edition) {
    const log = {
      $schema: 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/schemas/sarif-schema-2.1.0.json',
      version: '2.1.0',
      runs: [run(report, edition)],
    };
    return `${JSON.stringify(log, undefined, 2)}\n`;
  },
};

function run(report: CheckReport, { version, homepage }: Edition): object {
  const { images, rules } = report;
  const problems = images.flatMap(notifications);
  return {
    tool: {
      driver: {
        name: 'zeropage',
        version,
        semanticVersion: version,
        ...(homepage === undefined ? {} : { informationUri: `${homepage}/docs/check.md` }),
        rules: rules.map((rule) => descriptor(rule, homepage)),
      },
    },
    invocations: [{ executionSuccessful: problems.length === 0, toolExecutionNotifications: problems }],
    artifacts: images.map(({ file }) => ({ location: { uri: uriOf(file) }, roles: ['analysisTarget'] })),
    results: results(report),
    columnKind: 'utf16CodeUnits',
  };
}

/** A page that is nowhere to be had is named: it comes with the package. */
function descriptor({ rule, title, severity, about }: KnownRule, homepage: string | undefined): object {
  const page = about === 'contract' ? 'docs/contract.md' : `docs/rules/${rule}.md`;
  const uri = homepage === undefined ? undefined : `${homepage}/${page}`;
  return {
    id: rule,
    name: pascal(rule),
    shortDescription: { text: `${title}.` },
    fullDescription: { text: `${title}.` },
    help: {
      text: `${title}. See ${uri ?? `${page} of zeropage`}.`,
      markdown: `${title}. See ${uri === undefined ? `\`${page}\` of zeropage` : `[${page}](${uri})`}.`,
    },
    ...(uri === undefined ? {} : { helpUri: uri }),
    defaultConfiguration: { level: severity },
  };
}

const pascal = (id: string): string =>
  id
    .split(/[^A-Za-z0-9]+/)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');

function results(report: CheckReport): object[] {
  const { findings, images, rules, baseline } = report;
  const seen = new Map<string, number>();
  return findings.map((finding) => {
    const index = images.findIndex(({ image }) => image === finding.image);
    const known = baselineKey(baselineEntry(finding));
    // Two findings of one image that look alike are told apart by their order.
    const place = `${index} ${known}`;
    const ordinal = (seen.get(place) ?? 0) + 1;
    seen.set(place, ordinal);
    const fingerprint = `${hash(known)}:${ordinal}`;
    const ruleIndex = rules.findIndex(({ rule }) => rule === finding.rule);
    return {
      ruleId: finding.rule,
      ...(ruleIndex < 0 ? {} : { ruleIndex }),
      level: finding.severity,
      message: { text: messageOf(finding) },
      locations: [location(finding, images[index]!, index)],
      // The first is the only one that GitHub looks at.
      partialFingerprints: { primaryLocationLineHash: fingerprint, 'ruleEntryFunction/v1': fingerprint },
      ...(baseline ? { baselineState: 'new' } : {}),
      properties: {
        entry: finding.entry,
        instruction: finding.instruction,
        confidence: finding.confidence,
        reproduce: finding.reproduce,
      },
    };
  });
}

function messageOf({ message, other, reproduce }: CheckFinding): string {
  const parts = [message, other === null ? '' : `Elsewhere: ${other}`, `See: ${reproduce}`];
  return parts
    .filter((part) => part !== '')
    .map(visible)
    .join('\n');
}

function location(finding: CheckFinding, { file }: CheckedImage, index: number): object {
  const { entry, function: name } = baselineEntry(finding);
  const logical = [
    ...(entry === null ? [] : [{ name: entry, fullyQualifiedName: entry, kind: 'module' }]),
    ...(name === null
      ? []
      : [{ name, fullyQualifiedName: entry === null ? name : `${entry}::${name}`, kind: 'function' }]),
  ];
  return {
    physicalLocation: { artifactLocation: { uri: uriOf(file), index }, region: { startLine: 1 } },
    ...(logical.length > 0 ? { logicalLocations: logical } : {}),
  };
}

/** What could not be judged, as faults of the run and not of an image. */
function notifications({ file, problem, paths }: CheckedImage, index: number): object[] {
  const notification = (text: string): object => ({
    level: 'error',
    message: { text: visible(text) },
    locations: [{ physicalLocation: { artifactLocation: { uri: uriOf(file), index } } }],
  });
  return [
    ...(problem === null ? [] : [notification(problem)]),
    ...paths.flatMap((path) =>
      path.problem === null ? [] : [notification(`${path.entry}/${path.platform}: ${path.problem}`)],
    ),
  ];
}

/** A path as a URI reference. */
function uriOf(file: string): string {
  const path = file.split('/').map(encodeURIComponent).join('/');
  return path.startsWith('/') ? `file://${path}` : path;
}

/** FNV-1a of 64 bits over UTF-16, as 16 hexadecimal digits. */
function hash(text: string): string {
  let value = 0xcbf29ce484222325n;
  for (let i = 0; i < text.length; i++)
    value = BigInt.asUintN(64, (value ^ BigInt(text.charCodeAt(i))) * 0x100000001b3n);
  return value.toString(16).padStart(16, '0');
}
