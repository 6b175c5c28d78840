/** A note of an ELF file: owner, type and what it says. */
export interface Note {
  readonly owner: string;
  readonly type: number;
  readonly content: Uint8Array;
}

/** Notes as they lie in a PT_NOTE segment, each 4-byte aligned (System V gABI, "Note Section"). */
export function noteBytes(notes: readonly Note[]): Uint8Array {
  const aligned = (size: number): number => (size + 3) & ~3;
  const parts = notes.map(({ owner, type, content }) => {
    const name = new TextEncoder().encode(`${owner}\0`);
    const bytes = new Uint8Array(12 + aligned(name.length) + aligned(content.length));
    const view = new DataView(bytes.buffer);
    view.setUint32(0, name.length, true);
    view.setUint32(4, content.length, true);
    view.setUint32(8, type, true);
    bytes.set(name, 12);
    bytes.set(content, 12 + aligned(name.length));
    return bytes;
  });
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** A number as the content of a note. */
export function wordNote(value: bigint, size: 4 | 8): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, value, true);
  return bytes.subarray(0, size);
}
