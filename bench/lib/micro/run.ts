import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Command } from '../command.js';
import { markerOf } from './guest.js';

/** What one boot said of one benchmark. */
export interface Outcome {
  /** Host time between the arrival of its two lines. */
  readonly milliseconds: number;
  readonly checksum: string;
}

/**
 * Runs a command whose standard output is the guest's console. Throws when it fails, or when a benchmark of `names` did not come to
 * its end.
 */
export async function runGuest(command: Command, names: readonly string[]): Promise<Map<string, Outcome>> {
  const child = spawn(command.program, command.args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const outcomes = new Map<string, Outcome>();
  let messages = '';
  let began = { name: '', at: 0 };
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    messages += text;
  });
  createInterface({ input: child.stdout }).on('line', (line) => {
    const at = performance.now();
    const marker = markerOf(line);
    if (!marker) return;
    const { name, checksum } = marker;
    if (checksum === undefined) began = { name, at };
    else if (began.name === name) outcomes.set(name, { milliseconds: at - began.at, checksum });
  });
  const status = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject).on('close', resolve);
  });
  if (status !== 0) throw new Error(`${command.label} ended with ${status}: ${messages.trim()}`);
  const missing = names.filter((name) => !outcomes.has(name));
  if (missing.length > 0) throw new Error(`${command.label} did not finish ${missing.join(', ')}`);
  return outcomes;
}
