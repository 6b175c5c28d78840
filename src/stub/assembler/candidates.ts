import { Code, CodeExt, Mnemonic, OpCodeOperandKind } from 'iced-x86';

/** One encoding of a mnemonic, as iced-x86 numbers them. */
export interface Candidate {
  readonly code: Code;
  /** Names of the operand kinds, such as `r32_or_mem` or `imm8sex64`. */
  readonly operands: readonly string[];
}

export type Bits = 16 | 32 | 64;

/** Every encoding of every mnemonic in code of one width; made once, since iced-x86 lists several thousand. */
const tables = new Map<Bits, Map<string, Candidate[]>>();

/** The encodings of a mnemonic in lower case. A far jump or call is `jmpf`, `callf`; a far return `retf`. */
export function candidatesOf(mnemonic: string, bits: Bits): readonly Candidate[] {
  let table = tables.get(bits);
  if (!table) {
    table = tableOf(bits);
    tables.set(bits, table);
  }
  return table.get(mnemonic) ?? [];
}

function tableOf(bits: Bits): Map<string, Candidate[]> {
  const table = new Map<string, Candidate[]>();
  for (const code of Object.values(Code)) {
    if (typeof code !== 'number') continue;
    const info = CodeExt.opCode(code);
    const fits = bits === 16 ? info.mode16 : bits === 32 ? info.mode32 : info.mode64;
    // Legacy encodings only: early boot code has no AVX, and its codes share mnemonics with nothing here.
    if (fits && info.isInstruction && info.encoding === 0) {
      const name = mnemonicName(code, info.mnemonic);
      const operands = Array.from(
        { length: info.opCount },
        (_, i) => OpCodeOperandKind[info.opKind(i)] as string,
      );
      const list = table.get(name);
      if (list) list.push({ code, operands });
      else table.set(name, [{ code, operands }]);
    }
    info.free();
  }
  return table;
}

/** iced-x86 names near and far transfers alike, and far returns of every operand size. */
function mnemonicName(code: Code, mnemonic: Mnemonic): string {
  if (code === Code.Retfq) return 'retfq';
  if (code === Code.Retfd) return 'retfd';
  const name = Mnemonic[mnemonic]!.toLowerCase();
  const far = (name === 'jmp' || name === 'call') && /_(ptr|m16)/.test(Code[code]!);
  return far ? `${name}f` : name;
}
