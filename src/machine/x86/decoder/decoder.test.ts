import { beforeAll, describe, expect, it } from 'vitest';
import { corpusReason } from '../../../../tools/corpus/locate.js';
import {
  compareDecoded,
  isWanted,
  mnemonicOf,
  Reference,
  raisesLater,
} from '../../../../tools/vectors/iced.js';
import { kernelText } from '../../../../tools/vectors/kernel-text.js';
import { Random } from '../../../../tools/vectors/random.js';
import { randomCode } from '../../../../tools/vectors/random-code.js';
import { instructionSet } from '../instructions/index.js';
import { type DecodeMode, Decoder, needsMore, tooLong } from './decoder.js';

/** Whole kernels: some seconds, more on a busy machine. */
const TIMEOUT = 300_000;

const hex = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(' ');

/** Differences by what they are, with an example each. */
class Differences {
  readonly #found = new Map<string, string>();

  add(what: string, bytes: Uint8Array): void {
    // Values make every difference one of its own.
    const kind = what.replace(/\b[0-9a-f]{3,}\b|gpr\d+/g, '#');
    if (!this.#found.has(kind)) this.#found.set(kind, `${what}: ${hex(bytes)}`);
  }
  get text(): string {
    return [...this.#found.values()].slice(0, 40).join('\n');
  }
}

let decoder: Decoder;
beforeAll(() => {
  decoder = new Decoder(instructionSet);
});

/** What differs at one place, in words. */
function check(
  reference: Reference,
  bytes: Uint8Array,
  at: number,
  pc: bigint,
  mode: DecodeMode,
): string | undefined {
  const theirs = reference.at(at);
  let ours: ReturnType<Decoder['decode']>;
  try {
    ours = decoder.decode(bytes, at, pc, mode);
  } catch (reason) {
    if (reason !== tooLong) throw reason;
  }
  if (!ours) return theirs.isInvalid || !isWanted(theirs) ? undefined : `${mnemonicOf(theirs)}, none of ours`;
  const { name } = ours.description;
  if (raisesLater.test(name) && (theirs.isInvalid || !isWanted(theirs))) return undefined;
  return theirs.isInvalid ? `undefined, ours ${name}` : compareDecoded(ours, theirs, mode.bits);
}

describe('the decoder agrees with iced-x86', () => {
  for (const bits of [64, 32, 16] as const) {
    it(
      `over random ${bits}-bit code`,
      () => {
        const random = new Random(bits);
        const bytes = new Uint8Array(200_000 * 16);
        for (let at = 0; at < bytes.length; at += 16) bytes.set(randomCode(random, bits), at);
        // Where a 16-bit segment starts matters to branches that wrap around.
        const base = bits === 64 ? 0xffffffff81000000n : bits === 32 ? 0xc1000000n : 0n;
        const reference = new Reference(bytes, bits, base);
        const mode = { bits, csBase: 0, real: false };
        const differences = new Differences();
        for (let at = 0; at < bytes.length; at += 16) {
          const what = check(reference, bytes, at, base + BigInt(at), mode);
          if (what) differences.add(what, bytes.subarray(at, at + 15));
        }
        reference.free();
        expect(differences.text).toBe('');
      },
      TIMEOUT,
    );
  }

  for (const id of ['debian-13-cloud-amd64', 'debian-11-686-pae']) {
    const reason = corpusReason(id);
    it.skipIf(reason)(
      `over the text of ${id}${reason ? ` (${reason})` : ''}`,
      async () => {
        const text = (await kernelText(id))!;
        const { bytes, address, bits } = text;
        const reference = new Reference(bytes, bits, address);
        const mode = { bits, csBase: 0, real: false };
        const differences = new Differences();
        const end = bytes.length - 15;
        let count = 0;
        for (let at = 0; at < end; count++) {
          const what = check(reference, bytes, at, address + BigInt(at), mode);
          if (what) differences.add(what, bytes.subarray(at, at + 15));
          at += reference.instruction.length || 1;
        }
        reference.free();
        expect(differences.text).toBe('');
        expect(count).toBeGreaterThan(1_000_000);
      },
      TIMEOUT,
    );
  }
});

describe('the ends of what is given', () => {
  const mode: DecodeMode = { bits: 64, csBase: 0, real: false };
  const decode = (...bytes: number[]) => decoder.decode(Uint8Array.from(bytes), 0, 0x1000n, mode);

  it('asks for more bytes when an instruction goes on behind them', () => {
    // mov rax, imm64; add [rip+disp32], eax
    const whole = [0x48, 0xb8, 1, 2, 3, 4, 5, 6, 7, 8];
    for (let n = 0; n < whole.length; n++)
      expect(() => decode(...whole.slice(0, n))).toThrow(needsMore as never);
    expect(decode(...whole)?.length).toBe(10);
    for (const bytes of [[0x01], [0x01, 0x05], [0x01, 0x05, 0, 0, 0], [0x01, 0x04]])
      expect(() => decode(...bytes)).toThrow(needsMore as never);
  });

  it('refuses more than 15 bytes', () => {
    expect(decode(...new Array(14).fill(0x66), 0x90)?.length).toBe(15);
    expect(() => decode(...new Array(15).fill(0x66), 0x90)).toThrow(tooLong as never);
  });

  it('lets branches wrap around in 16-bit and 32-bit code', () => {
    const short = Uint8Array.of(0xeb, 0x7f);
    const target = (bits: 16 | 32, csBase: number, pc: bigint) => {
      const operand = decoder.decode(short, 0, pc, { bits, csBase, real: bits === 16 })!.operands[0]!;
      return 'value' in operand ? operand.value : undefined;
    };
    expect(target(16, 0x10000, 0x1fff0n)).toBe(0x10071n);
    expect(target(32, 0, 0xfffffff0n)).toBe(0x71n);
  });
});
