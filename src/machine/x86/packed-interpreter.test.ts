import { expect, test } from 'vitest';
import { builtCommand } from '../../../test/cli/command.js';
import { Decoder } from './decoder/decoder.js';
import { instructionSet } from './instructions/index.js';
import { buildInterpreter, prebuiltInterpreter } from './interpreter.js';
import { packInterpreter } from './packed-interpreter.js';

const { encodings } = new Decoder(instructionSet);
const generated = buildInterpreter(encodings).interpreter;

test('what was packed is what was generated', () => {
  const { bytes, slots, hot, made } = prebuiltInterpreter(packInterpreter(generated), encodings).interpreter;
  expect(Buffer.compare(bytes, generated.bytes)).toBe(0);
  expect(slots).toEqual(generated.slots);
  expect(hot).toEqual(generated.hot);
  expect(made.length).toBe(generated.made.length);
  for (const [slot, source] of made.entries()) {
    expect(source?.encoding).toBe(generated.made[slot]?.encoding);
    expect({ ...source, encoding: 0 }).toEqual({ ...generated.made[slot], encoding: 0 });
  }
});

const built = builtCommand();

test.skipIf('reason' in built)(
  `the build has the interpreter of these sources${'reason' in built ? ` (${built.reason})` : ''}`,
  async () => {
    const path = '../../../dist/machine/x86/prebuilt-interpreter.js';
    const { prebuilt } = (await import(
      /* @vite-ignore */ new URL(path, import.meta.url).href
    )) as typeof import('./prebuilt-interpreter.js');
    // toBe would print a megabyte.
    const { handlers, module } = packInterpreter(generated);
    expect(prebuilt?.handlers === handlers).toBe(true);
    expect(prebuilt?.module === module).toBe(true);
  },
);
