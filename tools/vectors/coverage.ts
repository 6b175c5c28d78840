/**
 * Lists the instructions of a kernel that we don't have, by number of places they stand at, and those we decode
 * otherwise than iced-x86: `tsx tools/vectors/coverage.ts [corpus id…]`.
 */
import { Decoder, tooLong } from '../../src/machine/x86/decoder/decoder.js';
import { instructionSet } from '../../src/machine/x86/instructions/index.js';
import { corpusReason } from '../corpus/locate.js';
import { compareDecoded, featuresOf, isWanted, mnemonicOf, Reference } from './iced.js';
import { kernelText } from './kernel-text.js';

const decoder = new Decoder(instructionSet);
const asked = process.argv.slice(2);
for (const id of asked.length ? asked : ['debian-13-cloud-amd64', 'debian-11-686-pae']) {
  const text = await kernelText(id);
  if (!text) {
    console.log(corpusReason(id) ?? `${id}: no machine code found`);
    continue;
  }
  const { bytes, address, bits } = text;
  const mode = { bits, csBase: 0, real: false };
  const reference = new Reference(bytes, bits, address);
  const missing = new Map<string, number>();
  const different = new Map<string, number>();
  const add = (map: Map<string, number>, key: string): void => void map.set(key, (map.get(key) ?? 0) + 1);
  let count = 0;
  let invalid = 0;
  for (let at = 0; at < bytes.length - 15; count++) {
    const theirs = reference.at(at);
    let ours: ReturnType<Decoder['decode']>;
    try {
      ours = decoder.decode(bytes, at, address + BigInt(at), mode);
    } catch (reason) {
      if (reason !== tooLong) throw reason;
    }
    if (theirs.isInvalid) invalid++;
    else if (!ours) {
      const why = isWanted(theirs) ? 'MISSING' : featuresOf(theirs).join(' ');
      add(missing, `${mnemonicOf(theirs)} (${why})`);
    } else {
      const difference = compareDecoded(ours, theirs, bits);
      if (difference) add(different, difference);
    }
    at += theirs.length || 1;
  }
  reference.free();
  const started = performance.now();
  let decoded = 0;
  for (let at = 0; at < bytes.length - 15; decoded++) {
    let length = 1;
    try {
      length = decoder.decode(bytes, at, address + BigInt(at), mode)?.length ?? 1;
    } catch {}
    at += length;
  }
  const speed = decoded / (performance.now() - started) / 1000;
  console.log(`${id}: ${count} instructions, ${invalid} invalid, decoded at ${speed.toFixed(1)} M/s`);
  const list = (title: string, map: Map<string, number>): void => {
    console.log(`  ${title}: ${map.size || 'none'}`);
    for (const [key, n] of [...map].sort((a, b) => b[1] - a[1])) console.log(`    ${n}\t${key}`);
  };
  list('not implemented', missing);
  list('decoded otherwise', different);
}
