// Zstandard, RFC 8878.
import { type Codec, corrupt, Output, truncated } from './codec.js';
import { zstdModule } from './zstd-module.js';

/** The part of the WebAssembly API used here; neither ES2022 nor Node's types declare it. */
declare const WebAssembly: {
  instantiate(module: object, imports: object): Promise<{ readonly exports: object }>;
};

/** What zstddec's module exports: zstd.h of zstd 1.5, 32-bit pointers and sizes. */
interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer };
  malloc(size: number): number;
  ZSTD_createDCtx(): number;
  ZSTD_decompressStream(context: number, output: number, input: number): number;
}

/** ZSTD_ErrorCode of zstd_errors.h, those a decoder returns. */
const errors: Readonly<Record<number, string>> = {
  10: 'unknown frame magic',
  12: 'unsupported version',
  14: 'unsupported frame parameter',
  16: 'the window is larger than 128 MiB',
  20: 'damaged block',
  22: 'wrong checksum',
  24: 'damaged literals header',
  30: 'damaged dictionary',
  32: 'it needs a dictionary',
  64: 'not enough memory',
};

const chunk = 1 << 20;
const magic = [0x28, 0xb5, 0x2f, 0xfd];

/** A new instance for every stream, so neither a trap nor a failed stream leaves anything behind. */
async function instantiate(): Promise<Exports> {
  const imports = { env: { emscripten_notify_memory_growth: () => {} } };
  return (await WebAssembly.instantiate(await zstdModule(), imports)).exports as Exports;
}

/** True when another frame, or a skippable frame, starts at `at` (RFC 8878, 3.1). */
function frameAt(bytes: Uint8Array, at: number): boolean {
  if (magic.every((byte, i) => bytes[at + i] === byte)) return true;
  return (bytes[at]! & 0xf0) === 0x50 && [0x2a, 0x4d, 0x18].every((byte, i) => bytes[at + 1 + i] === byte);
}

/** Zstandard frames, one or more. Windows up to 128 MiB, which `zstd -22 --ultra` uses, are supported. */
export const zstd: Codec = {
  id: 'zstd',
  magic,
  async decompress(bytes, limits) {
    const output = new Output('zstd', limits, bytes.length);
    const wasm = await instantiate();
    try {
      const context = wasm.ZSTD_createDCtx();
      const source = wasm.malloc(chunk);
      const target = wasm.malloc(chunk);
      // ZSTD_inBuffer and ZSTD_outBuffer: pointer, size, position
      const input = wasm.malloc(24);
      const result = input + 12;
      if (!context || !source || !target || !input) throw corrupt('zstd', errors[64]!);
      let heap = new DataView(wasm.memory.buffer);
      for (let at = 0; at < bytes.length; ) {
        const part = bytes.subarray(at, at + chunk);
        new Uint8Array(wasm.memory.buffer).set(part, source);
        heap.setUint32(input, source, true);
        heap.setUint32(input + 4, part.length, true);
        heap.setUint32(input + 8, 0, true);
        let used = 0;
        let produced = 0;
        do {
          heap.setUint32(result, target, true);
          heap.setUint32(result + 4, chunk, true);
          heap.setUint32(result + 8, 0, true);
          const status = wasm.ZSTD_decompressStream(context, result, input);
          if (heap.buffer !== wasm.memory.buffer) heap = new DataView(wasm.memory.buffer);
          used = heap.getUint32(input + 8, true);
          produced = heap.getUint32(result + 8, true);
          if (status < 0) throw corrupt('zstd', errors[-status] ?? `error ${-status}`, at + used);
          output.push(new Uint8Array(wasm.memory.buffer, target, produced));
          if (status === 0 && !frameAt(bytes, at + used)) return output.finish();
        } while (used < part.length || produced === chunk);
        at += used;
      }
      throw truncated('zstd', bytes.length);
    } catch (error) {
      // A trap is a RuntimeError; it can only come from the stream.
      if (error instanceof Error && error.name === 'RuntimeError') throw corrupt('zstd', error.message);
      throw error;
    }
  },
};
