import type { Bytes } from '../../core/bytes.js';
import { detect } from '../../image/codec/codecs.js';
import { type UkiPart, ukiSections } from '../../image/container/uki.js';
import type { UkiReport } from '../inspection.js';
import type { NamedLayer } from './layers.js';

/** What the outermost unified kernel image carries. */
export function ukiReport(layers: readonly NamedLayer[]): UkiReport | null {
  const found = layers.find(({ image }) => image.formats.uki);
  if (!found) return null;
  const uki = found.image.formats.uki!;
  return {
    layer: found.name,
    stub: uki.stub?.replace(/^#### LoaderInfo: (.*) ####$/, '$1') ?? null,
    commandLine: uki.cmdline ?? null,
    osRelease: osRelease(uki.osRelease ?? ''),
    uname: uki.uname ?? null,
    parts: uki.parts.map((part) => ({
      name: part.name,
      what: ukiSections[part.name]!,
      offset: part.offset,
      size: part.length,
      content: contentOf(found.image.bytes, part),
    })),
  };
}

/** NAME=VALUE lines, quotes taken off (os-release(5)). */
function osRelease(text: string): Record<string, string> {
  const pairs = text
    .split('\n')
    .map((line) => /^\s*(\w+)=(?:"([^"]*)"|'([^']*)'|(.*))$/.exec(line.trimEnd()))
    .filter((match) => match !== null);
  return Object.fromEntries(
    pairs.map(([, name, double, single, bare]) => [name!, double ?? single ?? bare!]),
  );
}

/** Marks at the beginning of what is not compressed. */
const marks: readonly (readonly [mark: string, what: string])[] = [
  ['070701', 'cpio'],
  ['070702', 'cpio'],
  ['\xd0\x0d\xfe\xed', 'devicetree blob'],
  ['BM', 'BMP image'],
  ['MZ', 'PE'],
  ['\x7fELF', 'ELF'],
];

/** A compression or a format by its first bytes. */
function contentOf(bytes: Bytes, { offset, length }: UkiPart): string | null {
  const data = bytes.slice(offset, Math.min(length, 16));
  const codec = detect(data);
  if (codec) return codec.id;
  return marks.find(([mark]) => mark.length <= length && bytes.matches(offset, mark))?.[1] ?? null;
}
