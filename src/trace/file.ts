import { ImageError } from '../core/errors.js';
import { gzip as gzipCodec } from '../image/codec/gzip.js';
import { checkRecording } from './check.js';
import { columnGroups } from './column-groups.js';
import { type ColumnArray, type ColumnEntry, packColumns, unpackColumns } from './columns.js';
import { type Recording, recordingVersion } from './recording.js';

/** What a recording's file begins with; its version follows as 32 bits, little-endian, then a gzip stream. */
const magic = new TextEncoder().encode('zpRecord');
const headSize = magic.length + 4;
/** Unpacked, a recording of a whole boot is some 15 MB. */
const maxUnpacked = 1 << 29;

/** Whether a file calls itself a recording. */
export function isRecording(bytes: Uint8Array): boolean {
  return magic.every((byte, i) => bytes[i] === byte);
}

/** A recording as a file: docs/recording.md. */
export async function writeRecording(recording: Recording): Promise<Uint8Array> {
  const { gzip } = await import('pako');
  const columns: ColumnArray[] = [];
  const entries: ColumnEntry[] = [];
  const head: Record<string, unknown> = { ...recording };
  for (const [group, types] of Object.entries(columnGroups)) {
    const values = { ...(head[group] as Record<string, unknown>) };
    for (const [name, type] of Object.entries(types)) {
      const column = values[name] as ColumnArray;
      entries.push({ name: `${group}.${name}`, type, count: column.length });
      columns.push(column);
      delete values[name];
    }
    head[group] = values;
  }
  const json = new TextEncoder().encode(JSON.stringify({ ...head, columns: entries }));
  const length = new Uint8Array(new Uint32Array([json.length]).buffer);
  const packed = gzip(concatenated([length, json, ...packColumns(columns)]));
  const version = new Uint8Array(new Uint32Array([recordingVersion]).buffer);
  return concatenated([magic, version, packed]);
}

/** Reads a recording's file. Throws ImageError when it is none, of another version, cut off or damaged. */
export async function readRecording(bytes: Uint8Array): Promise<Recording> {
  if (!isRecording(bytes)) throw new ImageError('this is no recording of a boot', 0);
  if (bytes.length < headSize) throw cutOff(bytes.length);
  const version = new DataView(bytes.buffer, bytes.byteOffset).getUint32(magic.length, true);
  if (version !== recordingVersion) {
    throw new ImageError(
      `this recording is of version ${version}, and version ${recordingVersion} is read`,
      magic.length,
      'record the boot again: zeropage trace IMAGE --entry ID -o FILE',
    );
  }
  const data = await gzipCodec.decompress(bytes.subarray(headSize), { maxOutput: maxUnpacked });
  if (data.length < 4) throw cutOff(bytes.length);
  const length = new DataView(data.buffer, data.byteOffset).getUint32(0, true);
  if (length > data.length - 4) throw cutOff(bytes.length);
  const head = parsed(data.subarray(4, 4 + length));
  const { columns: entries, ...rest } = head;
  if (!Array.isArray(entries)) throw new ImageError('recording: its columns are not listed');
  const columns = unpackColumns(entries as ColumnEntry[], data.subarray(4 + length));
  for (const [group, types] of Object.entries(columnGroups)) {
    const values = { ...(rest[group] as Record<string, unknown>) };
    for (const name of Object.keys(types)) values[name] = columns.get(`${group}.${name}`);
    rest[group] = values;
  }
  return checkRecording(rest);
}

function parsed(json: Uint8Array): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(json));
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  } catch {
    // Said below.
  }
  throw new ImageError('recording: its head is no JSON object');
}

function cutOff(length: number): ImageError {
  return new ImageError('the recording is cut off', length, 'the file is incomplete: record the boot again');
}

function concatenated(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
