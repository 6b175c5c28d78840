import type { Benchmark } from './benchmark.js';
import { branches } from './branches.js';
import { calls } from './calls.js';
import { contextSwitches } from './context-switches.js';
import { copies } from './copy.js';
import { integer } from './integer.js';
import { pageFaults } from './page-faults.js';
import { sha256 } from './sha256.js';
import { syscalls } from './syscalls.js';

/** In the order in which a boot runs them. */
export const benchmarks: readonly Benchmark[] = [
  integer,
  branches,
  calls,
  sha256,
  ...copies,
  syscalls,
  pageFaults,
  contextSwitches,
];
