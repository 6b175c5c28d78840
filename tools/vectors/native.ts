import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { baseOf, contents, ldt, longBases, type Mode, segmentEntries, windows } from './layout.js';
import { Memory } from './memory.js';
import { fxSize } from './state.js';
import { isInside, type Outcome, startOf, type Vector } from './vector.js';

const codeSize = 128;
const inputSize = 856 + codeSize;
const patchSize = 64;
const maxPatches = 4;

/** Signals' trap numbers that end a vector without being a fault of the instruction. */
const BREAKPOINT = 3;

/** Runs vectors on the processor underneath, through `harness.c`. Needs gcc and Linux on x86-64. */
export class Native {
  readonly #directory = mkdtempSync(join(tmpdir(), 'vectors-'));
  readonly #harness = join(this.#directory, 'harness');

  constructor() {
    const source = fileURLToPath(new URL('harness.c', import.meta.url));
    // Position-independent, so that nothing of it stands where 32-bit code can reach.
    const flags = ['-O2', '-static-pie', '-fno-stack-protector', '-fcf-protection=none', '-o', this.#harness];
    execFileSync('gcc', [...flags, source], { stdio: 'inherit' });
  }

  dispose(): void {
    rmSync(this.#directory, { recursive: true, force: true });
  }

  /** All vectors must be of one mode. */
  run(vectors: readonly Vector[]): Outcome[] {
    const mode = vectors[0]?.mode;
    if (mode === undefined) return [];
    const input = join(this.#directory, 'input');
    const output = join(this.#directory, 'output');
    writeFileSync(input, encodeInput(vectors, mode));
    const { status, signal } = spawnSync(this.#harness, [input, output], { stdio: 'inherit' });
    if (status !== 0) throw new Error(`the harness ended with ${signal ?? status}`);
    return decodeOutput(readFileSync(output), vectors, mode);
  }
}

function encodeInput(vectors: readonly Vector[], mode: Mode): Uint8Array {
  const memory = windows.map(contents);
  const size = 64 + windows.length * 16 + ldt.length * 24 + memory.reduce((sum, m) => sum + m.length, 0);
  const data = new Uint8Array(size + vectors.length * inputSize);
  const view = new DataView(data.buffer);
  let at = 0;
  const u32 = (...values: number[]): void => {
    for (const value of values) {
      view.setUint32(at, value, true);
      at += 4;
    }
  };
  const u64 = (value: bigint): void => {
    view.setBigUint64(at, value, true);
    at += 8;
  };
  u32(0x5a56, vectors.length, mode, windows.length, ldt.length, mode === 64 ? 0 : baseOf(mode, 1));
  u64(BigInt(longBases.fs));
  u64(BigInt(longBases.gs));
  const selectors = mode === 64 ? [] : segmentEntries[mode];
  for (const segment of [1, 2, 3, 0, 4, 5]) {
    const entry = selectors[segment];
    u32(entry === undefined ? 0 : entry * 8 + 7);
  }
  for (const w of windows) u32(w.address, w.size, Number(w.writable), Number(w.executable));
  for (const s of ldt) u32(s.base, s.limit, Number(s.wide), Number(s.expandDown), Number(s.code), 0);
  for (const bytes of memory) {
    data.set(bytes, at);
    at += bytes.length;
  }
  for (const vector of vectors) {
    const start = startOf(vector);
    const next = at + inputSize;
    for (const value of start.gpr) u64(value);
    u64(start.rip);
    u64(BigInt(start.flags));
    data.set(vector.code, at);
    view.setUint8(at + codeSize, vector.code.length);
    view.setUint8(at + codeSize + 1, vector.memory.length);
    at += codeSize + 8;
    if (vector.code.length > codeSize) throw new Error('the code is too long');
    if (vector.memory.length > maxPatches) throw new Error('too many patches');
    for (const { address, bytes } of vector.memory) {
      if (bytes.length > patchSize) throw new Error('a patch is too long');
      view.setUint32(at, address, true);
      view.setUint32(at + 4, bytes.length, true);
      data.set(bytes, at + 8);
      at += 8 + patchSize;
    }
    data.set(start.fx, next - fxSize);
    at = next;
  }
  return data;
}

function decodeOutput(data: Uint8Array, vectors: readonly Vector[], mode: Mode): Outcome[] {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const codeBase = mode === 64 ? 0n : BigInt(baseOf(mode, 1));
  const before = new Memory();
  const after = new Memory();
  let at = 0;
  return vectors.map((vector) => {
    const gpr = new BigUint64Array(16);
    for (let i = 0; i < 16; i++) gpr[i] = view.getBigUint64(at + 8 * i, true);
    let rip = view.getBigUint64(at + 128, true) + codeBase;
    const flags = Number(view.getBigUint64(at + 136, true) & 0xffffffffn);
    const trap = view.getUint32(at + 144, true);
    const error = view.getUint32(at + 148, true);
    const address = view.getBigUint64(at + 152, true);
    const fx = data.slice(at + 160, at + 160 + fxSize);
    let runs = view.getUint32(at + 160 + fxSize, true);
    at += 168 + fxSize;
    before.reset(vector.memory);
    after.reset([]);
    for (; runs > 0; runs--) {
      const bytes = view.getUint32(at + 4, true);
      after.apply({ address: view.getUint32(at, true), bytes: data.subarray(at + 8, at + 8 + bytes) });
      at += 8 + ((bytes + 7) & ~7);
    }
    if (trap === BREAKPOINT) rip -= 1n;
    // A fault elsewhere is that of a branch target which cannot be fetched: the branch itself was done.
    const fault =
      trap === BREAKPOINT || !isInside(vector, rip) ? undefined : { vector: trap, error, address };
    return { state: { gpr, rip, flags, fx }, fault, memory: before.changes((w) => after.bytes(w)) };
  });
}
