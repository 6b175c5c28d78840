/** A file of an initramfs. */
export interface CpioEntry {
  readonly name: string;
  /** File type and permissions, e.g. 0o100755. */
  readonly mode: number;
  readonly data?: Uint8Array;
  /** Device number of a device node. */
  readonly device?: { readonly major: number; readonly minor: number };
}

/** An uncompressed cpio archive in "newc" format (Linux Documentation/driver-api/early-userspace/buffer-format.rst). */
export function cpio(entries: readonly CpioEntry[]): Uint8Array {
  const files = [...entries, { name: 'TRAILER!!!', mode: 0 }];
  const parts = files.flatMap((entry, inode) => [
    padded(header(entry, inode)),
    padded(entry.data ?? nothing),
  ]);
  const archive = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    archive.set(part, at);
    at += part.length;
  }
  return archive;
}

const nothing = new Uint8Array();

/** The header of a file and its name. */
function header({ name, mode, data, device }: CpioEntry, inode: number): Uint8Array {
  const fields = {
    inode,
    mode,
    uid: 0,
    gid: 0,
    links: 1,
    modified: 0,
    size: data?.length ?? 0,
    major: 0,
    minor: 0,
    deviceMajor: device?.major ?? 0,
    deviceMinor: device?.minor ?? 0,
    nameSize: name.length + 1,
    checksum: 0,
  };
  const digits = Object.values(fields).map((value) => value.toString(16).padStart(8, '0'));
  return new TextEncoder().encode(`070701${digits.join('')}${name}\0`);
}

/** Headers with names, and contents, begin at multiples of 4. */
function padded(bytes: Uint8Array): Uint8Array {
  const part = new Uint8Array((bytes.length + 3) & ~3);
  part.set(bytes);
  return part;
}
