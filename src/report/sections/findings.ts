import type { Finding } from '../../contract/rule.js';
import type { FindingReport } from '../inspection.js';

/** Findings in the form of the JSON document. */
export function findingReports(findings: readonly Finding[]): FindingReport[] {
  return findings.map(({ rule, severity, message, offset, layer }) => ({
    rule,
    severity,
    message,
    offset: offset ?? null,
    layer,
  }));
}
