import { moduleIds, type Recording } from '../../trace/recording.js';
import type { RecordingFormat } from './format.js';

/** drcov's table of basic blocks has 8 bytes a row: 32 bits of offset, 16 of size, 16 of module. */
const rowSize = 8;
const mostBytes = 0xffff;

/**
 * Coverage as DynamoRIO's drcov writes it, version 2, which Lighthouse, bncov and others read: pieces of code by module. The
 * kernel's addresses are those it was linked at.
 */
export const drcov: RecordingFormat = { id: 'drcov', render: drcovFile };

function drcovFile({ firstRuns, functions, kernel, image }: Recording): Uint8Array {
  const base = BigInt(kernel?.start ?? 0);
  const ends: bigint[] = moduleIds.map(() => 0n);
  const pieces: [offset: number, size: number, module: number][] = [];
  for (const [i, row] of firstRuns.function.entries()) {
    const module = functions.module[row]!;
    const isWhole = functions.size[row] === 0;
    const offset = (isWhole ? 0 : Number(functions.address[row]! - base)) + firstRuns.offset[i]!;
    const size = firstRuns.size[i]!;
    for (let at = 0; at < size; at += mostBytes)
      pieces.push([offset + at, Math.min(mostBytes, size - at), module]);
    const end = BigInt(offset + size);
    if (end > ends[module]!) ends[module] = end;
  }
  const rows = new DataView(new ArrayBuffer(pieces.length * rowSize));
  for (const [i, [offset, size, module]] of pieces.entries()) {
    rows.setUint32(i * rowSize, offset, true);
    rows.setUint16(i * rowSize + 4, size, true);
    rows.setUint16(i * rowSize + 6, module, true);
  }
  if (kernel) ends[0] = BigInt(kernel.end) - base;
  const modules = moduleIds.map((id, i) => {
    const start = i === 0 ? base : 0n;
    const path = i === 0 ? image.name : id;
    return `${i}, ${address(start)}, ${address(start + ends[i]!)}, ${address(0n)}, ${path}`;
  });
  const head = [
    'DRCOV VERSION: 2',
    'DRCOV FLAVOR: zeropage',
    `Module Table: version 2, count ${modules.length}`,
    'Columns: id, base, end, entry, path',
    ...modules,
    `BB Table: ${pieces.length} bbs`,
    '',
  ].join('\n');
  const text = new TextEncoder().encode(head);
  const file = new Uint8Array(text.length + rows.byteLength);
  file.set(text);
  file.set(new Uint8Array(rows.buffer), text.length);
  return file;
}

const address = (value: bigint): string => `0x${value.toString(16).padStart(16, '0')}`;
