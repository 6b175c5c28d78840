import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, test } from 'vitest';
import type { CheckReport } from '../../src/report/check.js';
import { missing } from '../../tools/check/missing.js';
import { guest } from '../boot/guests.js';
import { type Finished, scratch, shell, zeropage } from './command.js';
import { packedKernel } from './crafted.js';

const validator = (name: string) =>
  new Ajv2020({ allErrors: true, allowUnionTypes: true }).compile(
    JSON.parse(readFileSync(new URL(`../../schema/${name}.schema.json`, import.meta.url), 'utf8')),
  );
const valid = validator('check');
const validBaseline = validator('baseline');

const file = scratch();
const [works, dies, text] = [
  file('works', guest('works')),
  file('dies', guest('dies')),
  file('text', 'hello'),
];
const folder = dirname(works);
const absent = join(folder, 'absent');
const small = ['-q', '--no-vary', '-m', '64', '--budget', '1M', '--platform', 'bare'];

const check = (...args: readonly string[]): Finished => zeropage(['check', ...small, ...args]);

function reportOf(...args: readonly string[]): { code: number | null; report: CheckReport } {
  const { code, stdout, stderr } = check('--json', ...args);
  expect(stderr).toBe('');
  const report = JSON.parse(stdout);
  valid(report);
  expect(valid.errors).toBeNull();
  return { code, report };
}

test('0 when all holds', () => {
  expect(reportOf(works)).toMatchObject({ code: 0, report: { holds: true, findings: [], baseline: null } });
});

test('what cannot be judged is told, and ends as --cannot-judge says', () => {
  const code = ['--cannot-judge', '125'];
  const other = reportOf(...code, works, '--entry', 'xen-pv');
  expect(other).toMatchObject({
    code: 125,
    report: { images: [{ problem: expect.stringMatching(/xen-pv cannot be booted/) }] },
  });
  const unstarted = reportOf(...code, works, '--until', 'start_kernel');
  expect(unstarted).toMatchObject({
    code: 125,
    report: { findings: [], images: [{ paths: [{ problem: expect.any(String) }] }] },
  });
  const ticks = file('ticks', guest('ticks'));
  const late = reportOf(...code, ticks, '--budget', '900000G', '--time-limit', '0.3');
  expect(late).toMatchObject({
    code: 125,
    report: {
      findings: [],
      images: [{ paths: [{ problem: 'After entry: its time of the host was over.' }] }],
    },
  });
});

test('every format, the same to the byte with one job and with three; an image that cannot be read costs no other', () => {
  const ids = ['json', 'text', 'ktap', 'junit', 'sarif', 'github', 'markdown'];
  const all = (jobs: string): string[] => {
    mkdirSync(join(folder, jobs));
    const to = (id: string): string => join(folder, jobs, id);
    const formats = ids.map((id) => `--format=${id}=${to(id)}`);
    const { code, stderr } = check('-v', '-j', jobs, ...formats, text, absent, works, dies);
    expect({ code, stderr }).toEqual({ code: 2, stderr: '' });
    return ids.map((id) => readFileSync(to(id), 'utf8'));
  };
  const [one, three] = [all('1'), all('3')];
  expect(three).toEqual(one);
  expect(one.filter((document) => !document.endsWith('\n'))).toEqual([]);
  const report: CheckReport = JSON.parse(one[0]!);
  valid(report);
  expect(valid.errors).toBeNull();
  expect(report.images.map(({ problem, paths }) => [problem, paths.length])).toEqual([
    [expect.stringMatching(/no known kernel format/), 0],
    [expect.stringMatching(/no such file/), 0],
    [null, 1],
    [null, 1],
  ]);
  expect(report.findings).toMatchObject([
    { image: 'dies', rule: 'entry-does-not-boot', severity: 'error', entry: 'pvh' },
  ]);
});

test('two formats cannot go to one place; a format that is none is refused', () => {
  expect(check('--format', 'json', '--format', 'ktap', works)).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('json and ktap cannot both be written to one place'),
  });
  expect(check('--format', 'sarf', works)).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('sarif'),
  });
});

test('a baseline: what is known does not fail, what is new does, what vanished is told', () => {
  const known = join(folder, 'known.json');
  expect(check('--write-baseline', known, dies)).toMatchObject({ code: 0, stderr: '' });
  const written = JSON.parse(readFileSync(known, 'utf8'));
  validBaseline(written);
  expect(validBaseline.errors).toBeNull();
  expect(written.findings).toEqual([{ rule: 'entry-does-not-boot', entry: 'pvh', function: null, count: 1 }]);
  expect(reportOf('--baseline', known, dies)).toMatchObject({
    code: 0,
    report: { findings: [], baseline: { known: 1, vanished: [] } },
  });
  const gone = { rule: 'entry-does-not-boot', entry: 'pvh', function: null };
  expect(reportOf('--baseline', known, '--write-baseline', known, works)).toMatchObject({
    code: 0,
    report: { baseline: { known: 0, vanished: [gone] } },
  });
  expect(JSON.parse(readFileSync(known, 'utf8')).findings).toEqual([]);
  expect(check('--baseline', known, dies).code).toBe(1);
});

test('a baseline that cannot be read is a fault of the command line; none is written of what could not be judged', () => {
  expect(check('--baseline', absent, works)).toMatchObject({
    code: 2,
    stderr: expect.stringContaining(absent),
  });
  const half = file('half.json', '{"schemaVersion":1,"findings":[{"rule":1}]}');
  expect(check('--baseline', half, works)).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('baseline.schema.json'),
  });
  expect(check('--write-baseline', join(folder, 'none.json'), works, text)).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('not everything could be judged'),
  });
});

test('interrupted from outside: 130, and no report', () => {
  const ticks = file('for-ever', guest('ticks'));
  const { code, stdout } = shell(
    '"$@" & sleep 2; kill -INT $!; wait $!',
    'check',
    '-q',
    '--budget',
    '900000G',
    ticks,
  );
  expect({ code, stdout }).toEqual({ code: 130, stdout: '' });
});

test.skipIf(missing('git'))(
  'git bisect run finds the commit that broke a path, and skips those that cannot be judged',
  () => {
    const repository = join(folder, 'repository');
    mkdirSync(repository);
    const git = (...args: readonly string[]) =>
      spawnSync(
        'git',
        ['-c', 'user.name=a', '-c', 'user.email=a@b', '-c', 'init.defaultBranch=main', ...args],
        {
          cwd: repository,
          encoding: 'utf8',
        },
      );
    git('init', '-q');
    const images = ['works', 'text', 'works', 'dies', 'dies'] as const;
    for (const [index, name] of images.entries()) {
      writeFileSync(join(repository, 'vmlinuz'), readFileSync(join(folder, name)));
      writeFileSync(join(repository, 'version'), String(index));
      git('add', '.');
      git('commit', '-qm', `version ${index}`);
    }
    git('bisect', 'start', 'HEAD', 'HEAD~4');
    const { stdout, code } = shell(
      `cd '${repository}' && git bisect run "$@"`,
      ...['check', ...small, '--cannot-judge', '125', 'vmlinuz'],
    );
    expect(code).toBe(0);
    expect(stdout).toMatch(/ is the first bad commit/);
    expect(git('show', '-s', '--format=%s', 'refs/bisect/bad').stdout).toBe('version 3\n');
  },
);

test('images of one name are told apart by their paths', () => {
  mkdirSync(join(folder, 'a'));
  const twin = join(folder, 'a', 'works');
  writeFileSync(twin, packedKernel());
  const { report } = reportOf('--until', 'nowhere', works, twin);
  expect(report.images.map(({ image }) => image)).toEqual([works, twin]);
});

test('--help names formats and exit codes', () => {
  const { stdout } = zeropage(['check', '--help']);
  expect(stdout).toMatch(/text, json, ktap, junit, sarif,\s+github,\s+markdown/);
  expect(stdout).toMatch(/Exit codes: 0 all holds, 1 /);
});
