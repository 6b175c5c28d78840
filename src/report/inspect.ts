import { offers as offersOf } from '../entry/entries.js';
import type { Offer } from '../entry/entry.js';
import type { Image } from '../image/image.js';
import { openImage } from '../image/open.js';
import type { SymbolTable } from '../image/symbols/symbol-table.js';
import type { FindingReport, Inspection } from './inspection.js';
import { describe } from './sections/description.js';
import { efiReport } from './sections/efi.js';
import { entryReports } from './sections/entries.js';
import { findingReports } from './sections/findings.js';
import { layerReports, type NamedLayer, namedLayers } from './sections/layers.js';
import { linuxReport } from './sections/linux.js';
import { noteReports } from './sections/notes.js';
import { releaseOf } from './sections/release.js';
import { ukiReport } from './sections/uki.js';
import { xenReport } from './sections/xen.js';

export interface InspectOptions {
  /** Name of the file in the report and in messages. */
  readonly name?: string;
  /** Headers only: nothing is unpacked, so that entries of a packed kernel stay unknown. */
  readonly fast?: boolean;
  /** Read symbols, and the linker tables that need them; true unless told. */
  readonly symbols?: boolean;
  /** Read BTF types; true unless told. */
  readonly types?: boolean;
  /** Most bytes that payloads may unpack to, as for `openImage`. */
  readonly maxUnpacked?: number;
  /** SHA-256 of the file, if the caller has it. */
  readonly sha256?: string;
  /** Called with a few words when a part of the work begins. */
  readonly onPhase?: (what: string) => void;
  /** Called with the symbols of an image that has some, once they are read. */
  readonly onSymbols?: (table: SymbolTable) => void;
}

/**
 * Reads an image and says all there is to say about it. Throws ImageError when it is no kernel image at all;
 * a part that cannot be read carries its own `problem`.
 */
export async function inspect(data: Uint8Array, options: InspectOptions = {}): Promise<Inspection> {
  const { name = 'image', fast = false, maxUnpacked, sha256, onPhase } = options;
  onPhase?.('reading the image');
  const image = await openImage(data, { name, unpack: !fast, maxUnpacked });
  onPhase?.('looking for entries');
  const layers = namedLayers(image);
  const offers = offersOf(image);
  return {
    schemaVersion: 1,
    file: { name, size: data.length, ...(sha256 === undefined ? {} : { sha256 }) },
    depth: fast ? 'headers' : 'full',
    description: describe(image),
    release: releaseOf(layers),
    layers: layerReports(image, !fast),
    entries: entryReports(offers),
    linux: linuxReport(layers),
    efi: efiReport(layers),
    uki: ukiReport(layers),
    xen: xenReport(layers),
    notes: noteReports(layers),
    ...(fast ? headersOnly : await deepReports(image, layers, offers, options)),
  };
}

type Deep = Pick<Inspection, 'symbols' | 'tables' | 'types' | 'findings'>;

const headersOnly: Deep = { symbols: null, tables: null, types: null, findings: [] };

/** What needs the payload. Loaded on demand, so that a look at the headers starts at once. */
async function deepReports(
  image: Image,
  layers: readonly NamedLayer[],
  offers: readonly Offer[],
  { symbols = true, types = true, onPhase, onSymbols }: InspectOptions,
): Promise<Deep> {
  onPhase?.('checking');
  const findings = await findingsOf(image, offers);
  onPhase?.('reading symbols');
  const named = symbols ? await symbolReports(image, layers, onSymbols) : { symbols: null, tables: null };
  onPhase?.('reading types');
  const typed = types ? (await import('./sections/types.js')).typesReport(layers) : null;
  return { ...named, types: typed, findings };
}

async function findingsOf(image: Image, offers: readonly Offer[]): Promise<FindingReport[]> {
  const { checkImage } = await import('../contract/image-rules/image-rules.js');
  return findingReports(checkImage(image, offers));
}

async function symbolReports(
  image: Image,
  layers: readonly NamedLayer[],
  onSymbols: InspectOptions['onSymbols'],
): Promise<Pick<Deep, 'symbols' | 'tables'>> {
  const [{ readSymbols }, { symbolsReport }, { tableReports }] = await Promise.all([
    import('../image/symbols/read.js'),
    import('./sections/symbols.js'),
    import('./sections/tables.js'),
  ]);
  const result = readSymbols(image);
  if (result.table) onSymbols?.(result.table);
  return { symbols: symbolsReport(layers, result), tables: tableReports(image, result.table) };
}
