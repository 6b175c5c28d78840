import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll } from 'vitest';

/** What the command left behind. */
export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const root = fileURLToPath(new URL('../..', import.meta.url));
const built = join(root, 'dist/cli/main.js');

/** The built command, or why it cannot stand for the sources as they are now. */
export function builtCommand(): { path: string } | { reason: string } {
  const stat = statSync(built, { throwIfNoEntry: false });
  if (!stat) return { reason: 'not built: run "npm run build"' };
  return newestSource(join(root, 'src')) > stat.mtimeMs
    ? { reason: 'dist is older than src' }
    : { path: built };
}

function newestSource(folder: string): number {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  const sources = files.filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'));
  return Math.max(...sources.map((name) => statSync(join(folder, name)).mtimeMs));
}

const command = builtCommand();
const program =
  'path' in command
    ? [command.path]
    : ['--import', import.meta.resolve('tsx'), join(root, 'src/cli/main.ts')];

/** Variables of the caller that would change what the command prints. */
const neutral = { NO_COLOR: '', FORCE_COLOR: '', COLUMNS: '', ZEROPAGE_DEBUG: '' };

export interface RunOptions {
  readonly input?: Uint8Array;
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs `zeropage` as a child process: what was built where that is current, else the sources. */
export function zeropage(args: readonly string[], { input, env }: RunOptions = {}): Finished {
  const result = spawnSync(process.execPath, [...program, ...args], {
    input: input ?? '',
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    env: { ...process.env, ...neutral, ...env },
  });
  if (result.error) throw result.error;
  return { code: result.status, stdout: result.stdout, stderr: result.stderr };
}

/** Runs a shell script in which `"$@"` is the command. */
export function shell(script: string, ...args: readonly string[]): Finished {
  const result = spawnSync('bash', ['-c', script, 'bash', process.execPath, ...program, ...args], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    env: { ...process.env, ...neutral },
  });
  return { code: result.status, stdout: result.stdout, stderr: result.stderr };
}

/** A folder for the files of one test file; removed at its end. */
export function scratch(): (name: string, data: Uint8Array | string) => string {
  const folder = mkdtempSync(join(tmpdir(), 'zeropage-cli-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  return (name, data) => {
    const path = join(folder, name);
    writeFileSync(path, data);
    return path;
  };
}
