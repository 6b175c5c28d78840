import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { CheckReport } from '../../src/report/check.js';
import { digest } from '../boots/results.js';
import { cache } from './source.js';

/** A check of one kernel. */
export interface Checked {
  readonly report: CheckReport;
  /** Wall clock. */
  readonly seconds: number;
}

const root = fileURLToPath(new URL('../..', import.meta.url));

/** All that decides what a check says. */
const rooms = [
  ...['abi', 'autopsy', 'boot', 'compare', 'contract', 'core', 'entry', 'image'],
  ...['machine', 'matrix', 'platform', 'report', 'trace'],
];

/**
 * What `zeropage check --json` says of an image; throws when it could not check. What it said before is taken again as long as the
 * sources, the image and the options are the same.
 */
export async function check(image: string, options: readonly string[]): Promise<Checked> {
  const bytes = readFileSync(image).toString('latin1');
  const kept = join(cache, 'checks', `${digest([bytes, ...options], rooms)}.json`);
  if (existsSync(kept)) return JSON.parse(readFileSync(kept, 'utf8'));
  const begin = Date.now();
  const { code, stdout, stderr } = await command(['check', '--json', '-q', ...options, image]);
  if (code > 1)
    throw new Error(`zeropage check ${options.join(' ')} ${image} ended with ${code}: ${stderr.trim()}`);
  const checked = { report: JSON.parse(stdout), seconds: Math.round((Date.now() - begin) / 1000) };
  mkdirSync(join(cache, 'checks'), { recursive: true });
  writeFileSync(kept, `${JSON.stringify(checked)}\n`);
  return checked;
}

/** The command line, from the sources. */
function command(args: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--import', 'tsx', 'src/cli/main.ts', ...args], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code: code ?? 2, stdout, stderr }));
  });
}
