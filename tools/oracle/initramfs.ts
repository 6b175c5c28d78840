/** A file of an initramfs. */
export interface InitramfsFile {
  readonly path: string;
  readonly mode: number;
  readonly data: Uint8Array;
}

/** An uncompressed initramfs: a cpio archive in "newc" form (Documentation/driver-api/early-userspace/buffer-format.rst). */
export function initramfs(files: readonly InitramfsFile[]): Uint8Array {
  const all = [...files, { path: 'TRAILER!!!', mode: 0, data: new Uint8Array() }];
  return Buffer.concat(all.flatMap((file, index) => member(file, index + 1)));
}

function member({ path, mode, data }: InitramfsFile, inode: number): Buffer[] {
  const numbers = [inode, mode, 0, 0, 1, 0, data.length, 0, 0, 0, 0, path.length + 1, 0];
  const header = `070701${numbers.map((value) => value.toString(16).padStart(8, '0')).join('')}${path}\0`;
  return [padded(Buffer.from(header, 'latin1')), padded(Buffer.from(data))];
}

function padded(data: Buffer): Buffer {
  return Buffer.concat([data, Buffer.alloc(-data.length & 3)]);
}
