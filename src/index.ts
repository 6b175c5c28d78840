/**
 * The library: everything the command line does, as functions over bytes. Runs in Node and in browsers.
 *
 * const inspection = await inspect(bytes, { name: 'vmlinuz' });
 * console.log(inspectionText(inspection));
 */
export { type BootResult, boot } from './boot/boot.js';
export { ConsoleInput } from './boot/console-input.js';
export type { BootControl, BootOptions, BootProgress } from './boot/options.js';
export type { Judgement, Verdict } from './boot/verdict.js';
export { type Waypoint, waypointNames } from './boot/waypoints.js';
export { checkImage, imageRules } from './contract/image-rules/image-rules.js';
export type { Finding, ImageRule, Severity } from './contract/rule.js';
export { Bytes } from './core/bytes.js';
export { hex, ImageError, StartError } from './core/errors.js';
export { entries, offers } from './entry/entries.js';
export type { Claim, EntryDefinition, EntryId, Evidence, Offer } from './entry/entry.js';
export { grubFileChecks } from './entry/grub-file.js';
export type { Btf } from './image/btf/btf.js';
export { readBtf } from './image/btf/read.js';
export type { Formats, Image, Inner, Wrapping } from './image/image.js';
export { kernelElf, layers } from './image/image.js';
export { type OpenOptions, openImage } from './image/open.js';
export { readSymbols, type SymbolsResult } from './image/symbols/read.js';
export type { Symbol, SymbolTable } from './image/symbols/symbol-table.js';
export type { LinkerTable, LinkerTableEntry } from './image/tables/linker-table.js';
export { linkerTables } from './image/tables/tables.js';
export { decodeXenNotes, type XenNote } from './image/xen/notes.js';
export { type BootReport, bootReport } from './report/boot.js';
export { type Comparison, compare, type Difference } from './report/compare.js';
export { type InspectOptions, inspect } from './report/inspect.js';
export type * from './report/inspection.js';
export { type Matrix, matrix } from './report/matrix.js';
export { symbolsText } from './report/symbols-text.js';
export { bootText } from './report/text/boot.js';
export { comparisonText } from './report/text/comparison.js';
export { inspectionText } from './report/text/inspection.js';
export { matrixText } from './report/text/matrix.js';
export type { Page } from './report/text/page.js';
export { plain, type Style } from './report/text/style.js';
export { typesText } from './report/types-text.js';
