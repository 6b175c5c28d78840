import type { Found } from '../found.js';
import type { Contract, ExpectedFinding } from './contract.js';

/** Findings as a contract wants them: detectors off or of another severity, and what is by design as notes. */
export function underContract(findings: readonly Found[], contract: Contract): Found[] {
  const { detectors = {}, expect = [] } = contract;
  return findings.flatMap((finding) => {
    const wanted = detectors[finding.rule];
    if (wanted === 'off') return [];
    const expected = expect.find((each) => isExpected(each, finding));
    if (expected)
      return [
        {
          ...finding,
          severity: 'note' as const,
          message: `${finding.message} By design: ${expected.because}`,
        },
      ];
    return [{ ...finding, severity: wanted ?? finding.severity }];
  });
}

/** What a contract expects and was not found, once each. */
export function vanished(findings: readonly Found[], { expect = [] }: Contract): ExpectedFinding[] {
  return expect.filter((each) => !findings.some((finding) => isExpected(each, finding)));
}

function isExpected(expected: ExpectedFinding, finding: Found): boolean {
  return (
    expected.rule === finding.rule &&
    (expected.entry === undefined || expected.entry === finding.entry) &&
    (expected.function === undefined || expected.function === finding.function)
  );
}
