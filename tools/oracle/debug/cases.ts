/** User-mode code whose debug traps and alignment checks the host's own processor is asked about; in nasm's syntax. */
export interface DebugCase {
  readonly name: string;
  readonly code: string;
  /** RFLAGS besides IF: TF 100, AC 40000. */
  readonly flags?: number;
  readonly dr?: readonly number[];
  readonly dr7?: number;
}

/** Two pages, 16-byte aligned; nothing is mapped behind them. */
export const data = 0x90000;
export const code = 0x80000;
export const stack = 0x98000;

const AC = 0x40000;
const TF = 0x100;
const WRITE = 1;
const ACCESS = 3;
const LENGTH: Record<number, number> = { 1: 0, 2: 1, 4: 3, 8: 2 };

/** DR7 with breakpoint `n` locally enabled. */
const enable = (n: number, kind: number, bytes: number): number =>
  (1 << (2 * n)) | ((kind | (LENGTH[bytes]! << 2)) << (16 + 4 * n));

const watch = (
  name: string,
  text: string,
  at: number,
  kind: number,
  bytes: number,
  flags = 0,
): DebugCase => ({
  name: `${name}: ${text.trim()}`,
  code: text,
  dr: [data + at],
  dr7: enable(0, kind, bytes),
  flags,
});

const lengths = [1, 2, 4, 8].flatMap((bytes) =>
  [-9, -8, -4, -1, 0, 1, 3, 7, 8].map((distance) =>
    watch(`${bytes} bytes`, `mov [rbx + ${0x100 + distance}], rax`, 0x100, WRITE, bytes),
  ),
);

const kinds = [
  'mov eax, [rbx + 0x100]',
  'mov [rbx + 0x100], al',
  'cmp byte [rbx + 0x100], 0',
  'inc byte [rbx + 0x100]',
  'lock cmpxchg [rbx + 0x100], ecx',
  'xchg [rbx + 0x100], ecx',
  'bts dword [rbx + 0x100], 3',
  'bt dword [rbx + 0x100], 3',
  'movaps xmm0, [rbx + 0x100]',
  'movaps [rbx + 0x100], xmm0',
  'movups [rbx + 0xf1], xmm0',
  'fld tword [rbx + 0xf7]',
  'fld1\nfstp tword [rbx + 0xf7]',
  'fnstenv [rbx + 0x100 - 24]',
  'fxsave [rbx]',
  'push qword [rbx + 0x100]',
  'pop qword [rbx + 0x100]',
  'lea eax, [rbx + 0x100]',
  'prefetcht0 [rbx + 0x100]',
  'nop dword [rbx + 0x100]',
  'lea rsp, [rbx + 0x108]\npush rax',
  'lea rsp, [rbx + 0x108]\ncall near .on\nnop\n.on: nop',
  'lea rsp, [rbx + 0x100]\nlea rax, [rel .on]\nmov [rbx + 0x100], rax\nret\nnop\n.on: nop',
  'lea rsp, [rbx + 0x110]\nenter 8, 0',
  'jmp [rbx + 0x100]\n',
  'lea rsi, [rbx + 0x100]\nlodsb',
  'lea rdi, [rbx + 0x100]\nscasb',
  'lea rdi, [rbx + 0xff]\nstosw',
  'lea rdi, [rbx + 0x100]\nmov rsi, rbx\ncmpsd',
  'mov al, [rbx + 0x100]\nmov [rbx + 0x101], al\nadd [rbx + 0x103], al',
  'mov [rbx + 0x101], al\njmp short .on\nnop\n.on: inc ecx\njmp short .to\n.to: inc ecx',
].flatMap((text) => [watch('write', text, 0x100, WRITE, 4), watch('access', text, 0x100, ACCESS, 4)]);

const repeats = [
  'mov rsi, rbx\nlea rdi, [rbx + 0x100]\nmov ecx, 6\nrep movsb',
  'lea rsi, [rbx + 0x100]\nlea rdi, [rbx + 0x200]\nmov ecx, 6\nrep movsb',
  'lea rsi, [rbx + 0x1fe0]\nlea rdi, [rbx + 0x100]\nmov ecx, 8\nrep movsd',
  'lea rdi, [rbx + 0xfe]\nmov ecx, 3\nrep stosb',
  'lea rdi, [rbx + 0xfd]\nmov ecx, 9\nrep stosw',
  'lea rdi, [rbx + 0x105]\nmov ecx, 9\nstd\nrep stosb\ncld',
  'lea rdi, [rbx + 0xfc]\nmov ecx, 9\nrepe scasb',
  'lea rdi, [rbx + 0xfc]\nmov ecx, 9\nrepne scasb',
  'lea rdi, [rbx + 0xfc]\nlea rsi, [rbx + 0x4fc]\nmov ecx, 9\nrepe cmpsb',
  'lea rsi, [rbx + 0xfe]\nmov ecx, 4\nrep lodsb',
  'lea rdi, [rbx + 0xffe]\nmov ecx, 3\nrep stosb',
  'xor ecx, ecx\nlea rdi, [rbx + 0x100]\nrep stosb',
].flatMap((text) => [
  watch('repeated', text, 0x100, WRITE, 2),
  watch('repeated', text, 0x102, ACCESS, 1),
  watch('repeated, single steps', text, 0x100, WRITE, 1, TF),
  { name: `single steps: ${text}`, code: text, flags: TF },
]);

const several: DebugCase[] = [
  {
    name: 'two at once',
    code: 'mov [rbx + 0x100], rax\nmov [rbx + 0x100], al\nmov [rbx + 0x104], al',
    dr: [data + 0x100, 0, data + 0x104],
    dr7: enable(0, WRITE, 4) | enable(2, WRITE, 4),
  },
  {
    name: 'across pages',
    code: 'mov [rbx + 0xffc], rax\nmov [rbx + 0xff8], rax\nmov [rbx + 0xffd], rax',
    dr: [data + 0x1000],
    dr7: enable(0, WRITE, 8),
  },
  {
    name: 'a fault comes first',
    code: 'mov rsi, rbx\nlea rdi, [rbx + 0x2000]\nmovsb',
    dr: [data],
    dr7: enable(0, ACCESS, 1),
  },
  {
    name: 'a fault in fetching the next instruction comes later',
    code: 'lea rsp, [rbx + 0x100]\nmov eax, 0x1000\npush rax\nret',
    dr: [data + 0xf8],
    dr7: enable(0, ACCESS, 8),
  },
  {
    name: 'written and executed: one before, one behind',
    code: 'mov [rbx], al\nmov [rbx], al\nnop',
    dr: [data, code + 7],
    dr7: enable(0, WRITE, 1) | enable(1, 0, 1),
  },
  {
    name: 'on an instruction, with single steps',
    code: 'nop\nnop\nnop',
    dr: [code + 6],
    dr7: enable(0, 0, 1),
    flags: TF,
  },
  {
    name: 'on a repeated instruction: once',
    code: 'mov rdi, rbx\nmov ecx, 3\nrep stosb\nnop',
    dr: [code + 13],
    dr7: enable(0, 0, 1),
  },
  {
    name: 'in a loop',
    code: 'mov ecx, 5\n.on: inc eax\nmov [rbx + rcx], al\nloop .on',
    dr: [data + 2],
    dr7: enable(0, WRITE, 2),
  },
  { name: 'POPF that sets TF', code: 'pushfq\nor dword [rsp], 0x100\npopfq\nnop\nnop', flags: 0 },
  { name: 'POPF that clears TF', code: 'pushfq\nand dword [rsp], ~0x100\npopfq\nnop\nnop', flags: TF },
];

const aligned = [
  ...[0, 1, 2, 4, 8].flatMap((at) => [
    `mov eax, [rbx + ${at}]`,
    `mov [rbx + ${at}], ax`,
    `mov rax, [rbx + ${at}]`,
    `mov al, [rbx + ${at}]`,
    `fld tword [rbx + ${at}]`,
    `fld qword [rbx + ${at}]`,
    `fld dword [rbx + ${at}]`,
    `fild word [rbx + ${at}]`,
    `fbstp [rbx + ${at}]`,
    `fnstenv [rbx + ${at}]`,
    `o16 fnstenv [rbx + ${at}]`,
    `fldenv [rbx + ${at}]`,
    `o16 fldenv [rbx + ${at}]`,
    `fnsave [rbx + ${at}]`,
    `frstor [rbx + ${at}]`,
    `movq xmm0, [rbx + ${at}]`,
    `movss xmm0, [rbx + ${at}]`,
    `movhps [rbx + ${at}], xmm0`,
    `movups xmm0, [rbx + ${at}]`,
    `movdqu [rbx + ${at}], xmm0`,
    `lddqu xmm0, [rbx + ${at}]`,
    `movaps xmm0, [rbx + ${at}]`,
    `cmpxchg8b [rbx + ${at}]`,
    `lock inc dword [rbx + ${at}]`,
    `bt [rbx + ${at}], eax`,
    `stmxcsr [rbx + ${at}]`,
    `pinsrw xmm0, [rbx + ${at}], 0`,
    `lea rdi, [rbx + ${at}]\nmaskmovdqu xmm0, xmm1`,
    `prefetcht0 [rbx + ${at}]`,
    `lea rsp, [rbx + 0x100 + ${at}]\npush rax`,
    `lea rsp, [rbx + 0x100 + ${at}]\npop rax`,
    `lea rsp, [rbx + 0x100 + ${at}]\npushfq`,
    `lea rsp, [rbx + 0x100 + ${at}]\ncall .on\n.on: nop`,
    `lea rsp, [rbx + 0x100 + ${at}]\nenter 0, 0`,
    `lea rsi, [rbx]\nlea rdi, [rbx + 0x100 + ${at}]\nmov ecx, 3\nrep movsd`,
    `lea rdi, [rbx + 0x100 + ${at}]\nmov ecx, 3\nrep stosw`,
    `mov eax, [rbx + 0x1000 - ${at}]`,
    `mov eax, [rbx + 0x2000 - ${at}]`,
  ]),
  'lea rsp, [rbx + 0x104]\niretq',
  'mov rax, 0x8000000000000001\nmov eax, [rax]',
  'mov byte [rbx + 0x2001], 1',
  'mov dword [rbx + 0x2001], 1',
].map((text): DebugCase => ({ name: `aligned: ${text}`, code: text, flags: AC }));

export const debugCases: readonly DebugCase[] = [...lengths, ...kinds, ...repeats, ...several, ...aligned];
