import { attSyntax } from '../../autopsy/att-syntax.js';
import { decodeAt } from '../../autopsy/decode.js';
import type { Machine } from '../../machine/machine.js';

/** The code of a patched place as its functions and addresses are called at link time: "call native_set_pte", "pushf; pop %rax". */
export function patchedCode(
  machine: Machine,
  bytes: Uint8Array,
  address: bigint,
  bits: 32 | 64,
  nameOf: (address: bigint) => string | undefined,
): string {
  const parts: string[] = [];
  for (let at = 0; at < bytes.length; ) {
    const instruction = decodeAt(machine, bytes.subarray(at), address + BigInt(at), bits);
    if (!instruction) return [...parts, '(no instruction)'].join('; ');
    parts.push(attSyntax(instruction, nameOf));
    at += instruction.length;
  }
  const said = parts.filter((text) => !/^(nop|xchg %ax,%ax)/.test(text)).map(short);
  return said.join('; ') || 'nop';
}

/** A target by its name alone. */
function short(text: string): string {
  const [, mnemonic, name] = /^(call|jmp)\s+0x[0-9a-f]+ <(.+)>$/.exec(text) ?? [];
  return mnemonic ? `${mnemonic} ${name}` : text.replace(/\s+/g, ' ');
}
