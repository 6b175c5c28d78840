/** Between two initrds: Linux looks for the next archive at a multiple of 4. */
const ALIGNMENT = 4;

/**
 * Several initrds as one, each at a multiple of 4 with zeroes before it, as GRUB's and systemd-boot's loaders do; Linux unpacks
 * one archive after the other (Documentation/driver-api/early-userspace/buffer-format.rst).
 */
export function joinInitrds(parts: readonly Uint8Array[]): Uint8Array {
  const starts: number[] = [];
  let size = 0;
  for (const part of parts) {
    const start = Math.ceil(size / ALIGNMENT) * ALIGNMENT;
    starts.push(start);
    size = start + part.length;
  }
  const joined = new Uint8Array(size);
  for (const [index, part] of parts.entries()) joined.set(part, starts[index]);
  return joined;
}
