/**
 * `npm test`: everything that must hold before a change lands, in one command that sets up what it needs.
 * Ends with `N passed, N failed, N skipped` over all suites; each static check counts as one test.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installPackages } from './install.js';
import { otherVersions, passesOn } from './node-versions.js';
import { quickRooms } from './rooms.js';

interface Totals {
  passed: number;
  failed: number;
  skipped: number;
}

const totals: Totals = { passed: 0, failed: 0, skipped: 0 };

function run(command: string, args: readonly string[]): number {
  const { status, error } = spawnSync(command, args, { stdio: 'inherit' });
  if (error) process.stderr.write(`${command}: ${error.message}\n`);
  return status ?? 1;
}

function staticCheck(name: string, command: string, args: readonly string[]): void {
  process.stdout.write(`\n== ${name}\n`);
  if (run(command, args) === 0) totals.passed++;
  else {
    totals.failed++;
    process.stdout.write(`${name} failed\n`);
  }
}

/** The part of vitest's JSON report that is counted. */
interface VitestReport {
  numPassedTests: number;
  numFailedTests: number;
  numPendingTests: number;
  numTodoTests: number;
  testResults: { name: string; status: string; assertionResults: { fullName: string; status: string }[] }[];
}

function suites(): void {
  process.stdout.write('\n== tests\n');
  const folder = mkdtempSync(join(tmpdir(), 'zeropage-check-'));
  const file = join(folder, 'report.json');
  const status = run('npx', [
    'vitest',
    'run',
    '--reporter=dot',
    '--reporter=json',
    `--outputFile.json=${file}`,
  ]);
  let report: VitestReport;
  try {
    report = JSON.parse(readFileSync(file, 'utf8')) as VitestReport;
  } catch (error) {
    process.stdout.write(`the test runner left no report: ${String(error)}\n`);
    totals.failed++;
    return;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  totals.passed += report.numPassedTests;
  totals.failed += report.numFailedTests;
  totals.skipped += report.numPendingTests + report.numTodoTests;
  const brokenFiles = report.testResults.filter(
    (suite) => suite.status === 'failed' && suite.assertionResults.length === 0,
  );
  for (const suite of brokenFiles) process.stdout.write(`could not be run: ${suite.name}\n`);
  totals.failed += brokenFiles.length;
  if (status !== 0 && totals.failed === 0) totals.failed++;
  for (const suite of report.testResults) {
    for (const test of suite.assertionResults) {
      if (test.status === 'pending' || test.status === 'skipped')
        process.stdout.write(`skipped: ${test.fullName}\n`);
    }
  }
}

for (const line of installPackages()) process.stdout.write(`${line}\n`);
process.stdout.write('\n== corpus\n');
const corpus = run('npx', ['tsx', 'tools/corpus/fetch.ts']);
if (corpus === 4) process.stdout.write('no corpus: tests on real kernels are skipped\n');
else if (corpus !== 0) totals.failed++;

staticCheck('format and lint', 'npx', ['biome', 'ci', '.']);
staticCheck('rooms', 'npx', ['depcruise', '--config', '.dependency-cruiser.cjs', 'src']);
staticCheck('types', 'npm', ['run', '--silent', 'types']);
staticCheck('build', 'npm', ['run', '--silent', 'build']);
suites();
for (const version of otherVersions) {
  process.stdout.write(`\n== Node ${version}\n`);
  const result = passesOn(version, quickRooms);
  if (result === undefined) {
    totals.skipped++;
    process.stdout.write(`skipped: Node ${version} (npm cannot fetch the package node@${version})\n`);
  } else if (result) totals.passed++;
  else {
    totals.failed++;
    process.stdout.write(`Node ${version} failed\n`);
  }
}

process.stdout.write(`\n${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped\n`);
process.exitCode = totals.failed === 0 ? 0 : 1;
