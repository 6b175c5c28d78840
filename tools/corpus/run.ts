import { type SpawnOptions, spawn } from 'node:child_process';
import { CorpusFailure } from './failure.js';

/** What a finished command left behind. */
export interface Finished {
  code: number;
  stdout: string;
  stderr: string;
}

// apt's messages are matched below and quoted to the reader, so they must not be translated.
const ENV = { ...process.env, LC_ALL: 'C', LANGUAGE: 'C', DEBIAN_FRONTEND: 'noninteractive' };

/** Runs a command to its end and returns its output; only a command that cannot start throws. */
export function run(command: string, args: string[], options: SpawnOptions = {}): Promise<Finished> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env: ENV, ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    child.stdout!.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr!.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.on('error', (error) => reject(cannotStart(command, error)));
    child.on('close', (code) => resolve({ code: code ?? -1, stdout, stderr }));
  });
}

/** Runs `from | to` and fails if either side does. */
export function pipe(from: [string, ...string[]], to: [string, ...string[]]): Promise<void> {
  return new Promise((resolve, reject) => {
    const source = spawn(from[0], from.slice(1), { env: ENV, stdio: ['ignore', 'pipe', 'pipe'] });
    const sink = spawn(to[0], to.slice(1), { env: ENV, stdio: [source.stdout, 'ignore', 'pipe'] });
    // The sink has its own copy now; ours would keep the pipe open after the sink is gone.
    source.stdout.destroy();
    let stderr = '';
    let open = 2;
    let bad = '';
    for (const [child, name] of [
      [source, from[0]],
      [sink, to[0]],
    ] as const) {
      child.stderr!.setEncoding('utf8').on('data', (text: string) => (stderr += text));
      child.on('error', (error) => reject(cannotStart(name, error)));
      child.on('close', (code) => {
        if (code !== 0) bad ||= `${name} ended with ${code}`;
        if (--open > 0) return;
        if (bad) reject(new Error(`${bad}: ${stderr.trim()}`));
        else resolve();
      });
    }
  });
}

function cannotStart(command: string, error: NodeJS.ErrnoException): Error {
  if (error.code !== 'ENOENT') return error;
  return new CorpusFailure(
    'offline',
    `${command} is not on this machine: the corpus comes from Debian through apt`,
  );
}
