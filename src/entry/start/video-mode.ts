import { StartError } from '../../core/errors.js';

/** Names of video modes (boot.rst, "Special Command Line Options", vga=). */
const named: Readonly<Record<string, number>> = { normal: 0xffff, ext: 0xfffe, ask: 0xfffd };

/** vid_mode: what `vga=` of the command line says, which is for the loader to read; else the normal mode. */
export function videoMode(commandLine: string): number {
  const asked = commandLine.split(/\s+/).findLast((word) => word.startsWith('vga='));
  if (asked === undefined) return named.normal!;
  const value = asked.slice('vga='.length);
  const mode = named[value] ?? (/^(0x[0-9a-f]+|\d+)$/i.test(value) ? Number(value) : Number.NaN);
  if (mode <= 0xffff) return mode;
  throw new StartError(
    `'${asked}' is no video mode`,
    'the protocol knows vga=normal, vga=ext, vga=ask and a number of up to 16 bits',
  );
}
