/** What the kernel itself said about its end. */
export interface LastWords {
  /** The reason after "Kernel panic - not syncing: ". */
  readonly panic?: string;
  /** What Xen says in the line behind "Panic on CPU 0:". */
  readonly xenPanic?: string;
  /** The complaint before the panic: "BUG: unable to handle page fault …", "kernel BUG at …", "Oops: …". */
  readonly complaint?: string;
  /** Where the complaint says the code was: "memcpy+0x12", "0x0". */
  readonly rip?: string;
  /** "0x0e" and the like of "PANIC: early exception 0x0e …". */
  readonly earlyException?: string;
  /** What the decompressor said before "-- System halted". */
  readonly decompressor?: string;
  /** "reboot: …" lines. */
  readonly goodbye?: string;
}

const stamp = /^\[\s*\d+\.\d+\](?:\[\s*[CT]\d+\])?\s?/;

/** A line of the console without its time. */
function withoutStamp(line: string): string {
  return line.replace(stamp, '');
}

const trouble =
  /^(?:BUG: |kernel BUG at |Oops|general protection fault|divide error|invalid opcode|stack segment|double fault|int3:|PANIC: double fault|detected buffer overflow in |\S+: detected buffer overflow)/;

/** Finds what matters in the last lines of console or log. */
export function lastWords(lines: readonly string[]): LastWords {
  const said = lines.map(withoutStamp);
  const last = (pattern: RegExp): { at: number; text: string } | undefined => {
    for (let at = said.length - 1; at >= 0; at--) {
      const match = pattern.exec(said[at]!);
      if (match) return { at, text: (match[1] ?? match[0]).trim() };
    }
    return undefined;
  };
  const panic = last(/^Kernel panic - not syncing: (.*)/);
  // An oops takes many lines; what it is about stands in the first.
  const before = said.slice(0, panic?.at);
  const complaint = before.findIndex((line) => trouble.test(line));
  const rip = before.findLast((line) => /^(RIP|EIP): /.test(line));
  const xen = last(/^\(XEN\) Panic on CPU \d+:/);
  const halted = last(/-- System halted/);
  const decompressor = halted && said.slice(0, halted.at).findLast((line) => line.trim() !== '');
  return {
    panic: panic?.text,
    xenPanic: xen && said[xen.at + 1]?.replace(/^\(XEN\) /, '').trim(),
    complaint: complaint < 0 ? undefined : before[complaint]!.trim(),
    rip: rip && /^[RE]IP: (?:[0-9a-f]{4}:)?([^\s/]+)/.exec(rip)?.[1],
    earlyException: last(/^PANIC: early exception (0x[0-9a-f]+)/)?.text,
    decompressor: decompressor?.trim(),
    goodbye: last(/^reboot: (.*)/)?.text,
  };
}

const complaints =
  /^(?:BUG: |kernel BUG at |Oops|general protection fault|PANIC: |Kernel panic - not syncing|.*-- System halted)/;

/** The last lines, and where a complaint began before them, its first lines too; "…" stands for what is left out. */
export function excerpt(lines: readonly string[], most: number): string[] {
  const searched = lines.slice(-100);
  const first = searched.findIndex((line) => complaints.test(withoutStamp(line)));
  if (first < 0 || searched.length - first <= most) return searched.slice(-most);
  const half = most >> 1;
  return [...searched.slice(first, first + half), '…', ...searched.slice(-half)];
}
