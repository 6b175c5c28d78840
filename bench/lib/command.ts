import { spawnSync } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';

/** A program to be timed as a user runs it: a process of its own, from start to exit. */
export interface Command {
  readonly label: string;
  readonly program: string;
  readonly args: readonly string[];
  /** Where its standard output goes, /dev/null unless told. */
  readonly output?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs a command; throws with its messages when it does not end with 0. Milliseconds of wall time. */
export function time(command: Command): number {
  const output = openSync(command.output ?? '/dev/null', 'w');
  try {
    const start = process.hrtime.bigint();
    const { status, error, stderr } = spawnSync(command.program, command.args, {
      stdio: ['ignore', output, 'pipe'],
      env: { ...process.env, ...command.env },
      maxBuffer: 1 << 26,
    });
    const elapsed = Number(process.hrtime.bigint() - start) / 1e6;
    if (error) throw error;
    if (status !== 0) throw new Error(`${command.label} ended with ${status}: ${stderr.toString().trim()}`);
    return elapsed;
  } finally {
    closeSync(output);
  }
}

/**
 * The same in milliseconds of processor time, user's and system's, of all its threads: what other work on the machine disturbs less.
 * Takes a POSIX shell.
 */
export function processorTime(command: Command): number {
  const script = '"$@"; code=$?; times >&2; exit $code';
  const args = ['-c', script, 'sh', command.program, ...command.args];
  const { status, error, stderr } = spawnSync('sh', args, {
    encoding: 'utf8',
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, ...command.env, LC_ALL: 'C' },
    maxBuffer: 1 << 26,
  });
  if (error) throw error;
  if (status !== 0) throw new Error(`${command.label} ended with ${status}: ${stderr.trim()}`);
  // Of the shell itself, then of what it ran: "0m8.51s 0m0.32s".
  const [minutes, seconds, systemMinutes, systemSeconds] = stderr
    .trim()
    .split('\n')
    .at(-1)!
    .match(/[\d.]+/g)!
    .map(Number) as [number, number, number, number];
  return ((minutes + systemMinutes) * 60 + seconds + systemSeconds) * 1000;
}

/** The output of a command as text, or undefined when it is not installed or fails. */
export function outputOf(program: string, ...args: string[]): string | undefined {
  const { stdout, status, error } = spawnSync(program, args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    maxBuffer: 1 << 30,
  });
  return error || status !== 0 ? undefined : stdout;
}

/** The number a program gives as its version, or undefined when it is not installed. */
export function versionOf(program: string, option = '--version'): string | undefined {
  const text = outputOf(program, option);
  return text === undefined ? undefined : (/v?\d+(?:\.\d+)+/.exec(text)?.[0] ?? text.split('\n', 1)[0]);
}
