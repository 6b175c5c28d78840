import { Bytes } from '../../core/bytes.js';
import { hex } from '../../core/errors.js';
import { loadingText } from '../../entry/loaders/loading.js';
import { multiboot2Loadings, multibootLoadings } from '../../entry/loaders/multiboot.js';
import type { Formats } from '../../image/image.js';
import type { ImageRule } from '../rule.js';
import { namedLayers } from './layers.js';

interface Kludge {
  readonly title: string;
  /** File offset of the multiboot header. */
  readonly header: number;
  /** File offset of the first address field. */
  readonly fields: number;
  readonly headerAddr: number;
  readonly loadAddr: number;
  readonly loadEndAddr: number;
  readonly bssEndAddr: number;
  readonly entryAddr?: number;
}

const ADDRESS_TAG = 2;
const ENTRY_TAG = 3;
/** Multiboot2, 3.1.5: load from the beginning of the file. */
const FROM_START = 0xffffffff;

/** The address fields of either multiboot version. */
function kludges({ multiboot, multiboot2 }: Formats): Kludge[] {
  const found: Kludge[] = [];
  if (multiboot?.load) {
    found.push({
      title: 'Multiboot',
      header: multiboot.offset,
      fields: multiboot.offset + 12,
      ...multiboot.load,
    });
  }
  const word = (data: Uint8Array, index: number): number | undefined => {
    const bytes = new Bytes(data);
    return bytes.has(index * 4, 4) ? bytes.u32(index * 4) : undefined;
  };
  const address = multiboot2?.tags.find(({ type }) => type === ADDRESS_TAG);
  if (multiboot2 && address && address.data.length >= 16) {
    const entry = multiboot2.tags.find(({ type }) => type === ENTRY_TAG);
    found.push({
      title: 'Multiboot2',
      header: multiboot2.offset,
      fields: address.offset + 8,
      headerAddr: word(address.data, 0)!,
      loadAddr: word(address.data, 1)!,
      loadEndAddr: word(address.data, 2)!,
      bssEndAddr: word(address.data, 3)!,
      entryAddr: entry && word(entry.data, 0),
    });
  }
  return found;
}

/** What is wrong with the fields, in the order a loader notices. */
function problem(it: Kludge, fileSize: number): string | undefined {
  const fromStart = it.loadAddr === FROM_START;
  if (!fromStart && it.loadAddr > it.headerAddr) {
    return `load_addr ${hex(it.loadAddr)} lies behind header_addr ${hex(it.headerAddr)}`;
  }
  const start = fromStart ? 0 : it.header - (it.headerAddr - it.loadAddr);
  const loadAddr = fromStart ? it.headerAddr - it.header : it.loadAddr;
  if (start < 0) {
    return `header_addr ${hex(it.headerAddr)} − load_addr ${hex(it.loadAddr)} exceeds the header's offset ${hex(it.header)}, so loading would start before the file`;
  }
  const end = it.loadEndAddr || loadAddr + (fileSize - start);
  if (end < loadAddr) return `load_end_addr ${hex(it.loadEndAddr)} lies before load_addr ${hex(loadAddr)}`;
  if (start + (end - loadAddr) > fileSize) {
    return `load_end_addr ${hex(it.loadEndAddr)} needs file bytes up to ${hex(start + end - loadAddr)}, but the file ends at ${hex(fileSize)}`;
  }
  if (it.bssEndAddr !== 0 && it.bssEndAddr < end)
    return `bss_end_addr ${hex(it.bssEndAddr)} lies before the end of the data ${hex(end)}`;
  if (it.entryAddr !== undefined && (it.entryAddr < loadAddr || it.entryAddr >= end)) {
    return `entry_addr ${hex(it.entryAddr)} lies outside the loaded ${hex(loadAddr)} … ${hex(end)}`;
  }
  return undefined;
}

/** Multiboot Specification 0.6.96, 3.1.3; Multiboot2 Specification 2.0, 3.1.5: the address fields. */
export const multibootAddressOutsideFile: ImageRule = {
  id: 'multiboot-address-outside-file',
  order: 6,
  severity: 'error',
  title: 'The address fields of a multiboot header do not fit the file',
  *check(image) {
    for (const { layer, name } of namedLayers(image)) {
      for (const kludge of kludges(layer.formats)) {
        const what = problem(kludge, layer.bytes.length);
        if (!what) continue;
        const loadings = kludge.title === 'Multiboot' ? multibootLoadings(layer) : multiboot2Loadings(layer);
        yield {
          message: `In the ${kludge.title} header ${what}: ${loadingText(loadings)}.`,
          offset: kludge.fields,
          layer: name,
        };
      }
    }
  },
};
