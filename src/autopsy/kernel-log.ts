import { isXen } from '../image/symbols/xen.js';
import type { KernelMap } from './kernel-map.js';
import { findLogRecords } from './log-records.js';
import { type LogLine, readPrintkRing } from './printk-ring.js';
import { readXenConsoleRing } from './xen-console-ring.js';

/** The largest buffer looked through as text. */
const mostText = 0x100000;
const shortest = 8;

/**
 * The lines of the kernel's own log buffer: what it had to say whether or not a console was up. Record by record
 * where the kernel's symbols lead to the ring buffer, else as the text that lies in memory.
 */
export function readKernelLog(map: KernelMap): LogLine[] {
  if (map.symbols && isXen(map.symbols)) return readXenConsoleRing(map.machine.memory.guest) ?? [];
  return readPrintkRing(map) ?? foundRecords(map) ?? printable(map);
}

/** "[    0.000000] text", as dmesg(1) shows it; without a time only the text. */
export function logText({ time, text }: LogLine): string {
  if (time === undefined) return text;
  const microseconds = Math.floor(time / 1000);
  const seconds = String(Math.floor(microseconds / 1e6)).padStart(5);
  return `[${seconds}.${String(microseconds % 1e6).padStart(6, '0')}] ${text}`;
}

function foundRecords({ place, kernel, symbols }: KernelMap): LogLine[] | undefined {
  const memory = symbols?.find('__log_buf') === undefined ? place?.memory() : undefined;
  return memory && kernel && findLogRecords(memory, kernel.formats.elf.class === 64 ? 8 : 4);
}

/** Every printable stretch in the buffer: works for any layout, and shows stale text behind short records. */
function printable(map: KernelMap): LogLine[] {
  const start = map.find('__log_buf');
  if (start === undefined || !map.place) return [];
  const found: LogLine[] = [];
  let text = '';
  const put = (): void => {
    if (text.length >= shortest) found.push({ text: text.trim() });
    text = '';
  };
  for (let at = 0; at < mostText; at += 4096) {
    const bytes = map.place.read(start + BigInt(at), 4096);
    if (!bytes) break;
    for (const byte of bytes) {
      if ((byte >= 32 && byte < 127) || byte === 9) text += String.fromCharCode(byte);
      else put();
    }
  }
  put();
  return found;
}
