/** Reads what pahole(1) and pfunct(1), of Debian's dwarves package, print of BTF: the oracle for src/image/btf. */
import { spawnSync } from 'node:child_process';

/** A structure or union as pahole printed it: one line a member, members declared in place before their owner. */
export interface PaholeType {
  readonly keyword: 'struct' | 'union';
  readonly name: string;
  /** Bytes; pahole does not print it for unions. */
  readonly size?: number;
  /** `offset[:bit] size declaration`, normalised by `normaliseDeclaration`. */
  readonly members: readonly string[];
}

const run = (program: string, args: readonly string[]): string => {
  const { stdout, error } = spawnSync(program, args, {
    encoding: 'utf8',
    maxBuffer: 1 << 30,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  if (error) throw error;
  return stdout;
};

/** All named structures and unions of a file with BTF (an ELF file, or BTF itself). */
export function paholeTypes(path: string): PaholeType[] {
  return parsePahole(run('pahole', ['-F', 'btf', path]));
}

/** All prototypes of a file with BTF, normalised. */
export function pfunctPrototypes(path: string): string[] {
  const lines = run('pfunct', ['-F', 'btf', '--prototypes', path]).split('\n');
  return lines.filter((line) => line.endsWith(');')).map((line) => normaliseDeclaration(line.slice(0, -1)));
}

/**
 * One spelling for both sides: blanks only where C needs them, and without what pahole 1.24 is known to get wrong or to
 * add by inference:
 * - attributes: it infers alignment and packing;
 * - `[]` and `[0]`, which BTF does not tell apart;
 * - const, volatile and restrict of a pointer itself, which it puts before the type pointed to (`const const char *p`);
 * - pointers to arrays, shown as pointers to elements;
 * - pointers to pointers to functions, and to functions that do not return: `u64 ()(u64) * *f`.
 */
export function normaliseDeclaration(text: string): string {
  return text
    .replace(/__attribute__\(\((?:[^()]|\([^()]*\))*\)\)/g, '')
    .replace(/\b(?:const|volatile|restrict)\b/g, '')
    .replace(/\[\]/g, '[0]')
    .replace(/\s+/g, ' ')
    .replace(/ ?([*()[\],:;{}]) ?/g, '$1')
    .replace(/\((\*+\w*)\)(?:\[\d+\])+/g, '$1')
    .replace(/\(\)\(([^()]*)\)(\*+\w+)/g, '($2)($1)')
    .trim();
}

export function parsePahole(text: string): PaholeType[] {
  const types: PaholeType[] = [];
  let keyword: 'struct' | 'union' | undefined;
  let name = '';
  let members: string[] = [];
  let size: string | undefined;
  /** What is open: its head, e.g. `const union`, and how many members came before it. */
  let open: { head: string; before: number }[] = [];
  for (const line of text.split('\n')) {
    const start = /^(struct|union) (\w+) \{$/.exec(line);
    if (start) {
      keyword = start[1] as 'struct' | 'union';
      name = start[2]!;
      members = [];
      size = undefined;
      open = [];
      continue;
    }
    if (!keyword) continue;
    const head = /^\t+((?:(?:const|volatile) )*(?:struct|union|enum)) \{$/.exec(line);
    if (head) {
      open.push({ head: head[1]!, before: members.length });
      continue;
    }
    size ??= /^\t\/\* size: (\d+), /.exec(line)?.[1];
    if (line.startsWith('}')) {
      types.push({ keyword, name, size: size === undefined ? undefined : Number(size), members });
      keyword = undefined;
      continue;
    }
    const member = /^\t+(.+?);\s*\/\* +(\d+)(?:: *(\d+))? +(\d+) \*\/$/.exec(line);
    if (!member) continue;
    const [, text, offset, bit, bytes] = member as unknown as [string, string, string, string?, string?];
    let declaration = text;
    if (text.startsWith('}')) {
      const { head, before } = open.pop()!;
      declaration = `${head} {...}${text.slice(1)}`;
      // Of a pointer it shows what it points to, which is not part of the layout.
      if (/^\} *\*/.test(text)) members.length = before;
    }
    members.push(
      `${offset}${bit === undefined ? '' : `:${bit}`} ${bytes} ${normaliseDeclaration(declaration)}`,
    );
  }
  return types;
}
