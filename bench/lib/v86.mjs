/**
 * Boots a bzImage on v86 until its console shows a text: node v86.mjs PACKAGE BIOS VGABIOS BZIMAGE INITRD MEMORY COMMAND-LINE TEXT.
 * PACKAGE is the folder of the npm package. Ends with 0 when the text was shown.
 */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const [folder, bios, vgaBios, kernel, initrd, memory, commandLine, text] = process.argv.slice(2);
const { V86 } = await import(pathToFileURL(resolve(folder, 'build/libv86.mjs')).href);
const file = (path) => {
  const data = readFileSync(path);
  return { buffer: data.buffer.slice(data.byteOffset, data.byteOffset + data.length) };
};
const emulator = new V86({
  wasm_path: join(folder, 'build/v86.wasm'),
  memory_size: Number(memory) << 20,
  bios: file(bios),
  vga_bios: file(vgaBios),
  bzimage: file(kernel),
  initrd: file(initrd),
  cmdline: commandLine,
  disable_speaker: true,
  autostart: true,
});
let line = '';
emulator.add_listener('serial0-output-byte', (byte) => {
  const character = String.fromCharCode(byte);
  line = character === '\n' ? '' : line + character;
  if (line.includes(text)) process.exit(0);
});
