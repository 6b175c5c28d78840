import { moduleIds, type Recording } from '../trace/recording.js';
import type { Prologue } from './comparison.js';

/** What ran before the kernel's first function; null when that is what the boot began with. */
export function prologueOf({ firstRuns, functions, waypoints }: Recording, kernel: number): Prologue | null {
  const instructions = kernel - (waypoints[0]?.instruction ?? 0);
  if (instructions <= 0) return null;
  const ran = new Set<number>();
  for (const [i, instruction] of firstRuns.instruction.entries()) {
    if (instruction < kernel) ran.add(functions.module[firstRuns.function[i]!]!);
  }
  const modules = [...ran].map((i) => moduleIds[i]!).filter((id) => id !== 'kernel' && id !== 'other');
  return { modules, instructions };
}
