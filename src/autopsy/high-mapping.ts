import type { Elf } from '../image/container/elf.js';
import type { Image } from '../image/image.js';
import type { Machine } from '../machine/machine.js';

/** Code that ran, the latest last, by its linear and physical address. */
export interface Seen {
  readonly firstRuns: readonly { readonly pc: bigint; readonly at: number }[];
}

/** Kernels map themselves by large pages. */
const step = 0x200000n;
/** The upper half of the 64-bit address space. */
const upperHalf = 1n << 63n;
/** Code that is compared; what a kernel has patched in itself is given up for other code. */
const compared = 32;
const tried = 256;

/**
 * How far above its link-time addresses a kernel runs that was linked low, as Xen's ELF file is (0x200000), and has mapped itself
 * into the upper half since: from code that ran there, recognised by its bytes. Undefined where none did.
 */
export function highMapping(
  kernel: Image & { formats: { elf: Elf } },
  { cpu }: Machine,
  { firstRuns }: Seen,
): bigint | undefined {
  const loaded = kernel.formats.elf.segments.filter(({ typeName }) => typeName === 'PT_LOAD');
  for (const { pc } of firstRuns.slice(-tried).toReversed()) {
    const code = pc >= upperHalf ? cpu.linear.peek(pc, compared) : undefined;
    if (!code) continue;
    for (const { vaddr, fileSize, offset } of loaded) {
      const end = vaddr + BigInt(fileSize - compared);
      for (let linked = vaddr + ((pc - vaddr) & (step - 1n)); linked < end; linked += step) {
        const at = offset + Number(linked - vaddr);
        if (kernel.bytes.has(at, compared) && code.every((byte, i) => kernel.bytes.data[at + i] === byte)) {
          return pc - linked;
        }
      }
    }
  }
  return undefined;
}
