import { exitStatusLeaf } from '../../src/abi/exit-status.js';
import { asm32 } from './assemble.js';
import { craftElf } from './elf.js';

const ENTRY = 0x100000;

/** A kernel with a PVH entry: these instructions, then an exit with status 0; those that jump to `die` end in a triple fault. */
export function craftPvhGuest(source: string): Uint8Array {
  const code = asm32(`${source}
    mov eax, ${exitStatusLeaf}
    xor ecx, ecx
    cpuid
    die: ud2`);
  return craftElf({
    class: 32,
    entry: ENTRY,
    segments: [
      { vaddr: ENTRY, data: Uint8Array.from(code.split(' '), (byte) => parseInt(byte, 16)), memSize: 0x1000 },
    ],
    notes: [{ owner: 'Xen', type: 18, desc: ENTRY }],
  });
}
