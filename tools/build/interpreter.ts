/**
 * Second step of `npm run build`: generates the interpreter once, with the modules that tsc has put into dist/, so that
 * a boot need not. Written in place of the module that says there is none.
 */
import { writeFileSync } from 'node:fs';

const folder = new URL('../../dist/machine/x86/', import.meta.url);
const load = (path: string): Promise<unknown> => import(new URL(path, folder).href);

const { instructionSet } = (await load(
  'instructions/index.js',
)) as typeof import('../../src/machine/x86/instructions/index.js');
const { Decoder } = (await load(
  'decoder/decoder.js',
)) as typeof import('../../src/machine/x86/decoder/decoder.js');
const { buildInterpreter } = (await load(
  'interpreter.js',
)) as typeof import('../../src/machine/x86/interpreter.js');
const { packInterpreter } = (await load(
  'packed-interpreter.js',
)) as typeof import('../../src/machine/x86/packed-interpreter.js');

const packed = packInterpreter(buildInterpreter(new Decoder(instructionSet).encodings).interpreter);
writeFileSync(
  new URL('prebuilt-interpreter.js', folder),
  `export const prebuilt = ${JSON.stringify(packed)};\n`,
);
