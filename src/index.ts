/**
 * The library: everything the command line does, as functions over bytes. Runs in Node and in browsers.
 *
 * const inspection = await inspect(bytes, { name: 'vmlinuz' });
 * console.log(inspectionText(inspection));
 */

export type { Autopsy } from './autopsy/autopsy.js';
export type { CauseKind } from './autopsy/cause.js';
export type { CodeLine, Fault, StackEntry } from './autopsy/fault.js';
export type { WalkStep } from './autopsy/page-walk.js';
export { type BootResult, boot } from './boot/boot.js';
export { ConsoleInput } from './boot/console-input.js';
export type { BootStop } from './boot/ending.js';
export type { Expectation } from './boot/expectations.js';
export type { BootControl, BootOptions, BootProgress } from './boot/options.js';
export type { Judgement, Verdict } from './boot/verdict.js';
export { type Waypoint, waypointNames } from './boot/waypoints.js';
export type { AgainstBaseline, Baseline, BaselineEntry, CountedEntry } from './contract/baseline.js';
export type { Confidence, Found } from './contract/found.js';
export { checkImage, imageRules } from './contract/image-rules/image-rules.js';
export type { KnownRule, UnjudgedRule } from './contract/known-rules.js';
export type { Constraints, FunctionNames } from './contract/language/constraints.js';
export type { Contract, ExpectedFinding } from './contract/language/contract.js';
export { ContractError } from './contract/language/contract-error.js';
export type { Growth } from './contract/language/growth.js';
export type { ForbiddenRule } from './contract/language/kinds/forbidden.js';
export type { HoldsRule } from './contract/language/kinds/holds.js';
export type { Rule } from './contract/language/kinds/kinds.js';
export type { LimitRule } from './contract/language/kinds/limit.js';
export type { NotOfferedRule } from './contract/language/kinds/not-offered.js';
export type { OfferedRule } from './contract/language/kinds/offered.js';
export type { ReachesRule } from './contract/language/kinds/reaches.js';
export type { RequiredRule } from './contract/language/kinds/required.js';
export type { SupportedRule } from './contract/language/kinds/supported.js';
export type { Measure } from './contract/language/measures.js';
export type { PlaceName, WaypointName } from './contract/language/names.js';
export { contractOf, readContract } from './contract/language/read.js';
export type { OneOrMore, RuleBase, When } from './contract/language/rule-base.js';
export type { Fatal, Finding, ImageRule, Severity } from './contract/rule.js';
export type { Applicability } from './core/applicability.js';
export { Bytes } from './core/bytes.js';
export { hex, ImageError, StartError } from './core/errors.js';
export type { OrderedItem } from './core/ordered-table.js';
export { entries, offers } from './entry/entries.js';
export type { Claim, Declaration, EntryDefinition, EntryId, Evidence, Offer } from './entry/entry.js';
export { grubFileChecks } from './entry/grub-file.js';
export type { GivenModule } from './entry/start/start.js';
export type { Variation } from './entry/start/vary/choice.js';
export type { Freedom } from './entry/start/vary/freedom.js';
export type { Btf, DeclarationTag as BtfDeclarationTag } from './image/btf/btf.js';
export type { Enumerator as BtfEnumerator } from './image/btf/enumeration.js';
export type {
  Header as BtfHeader,
  KindName as BtfKindName,
  RecordSizes as BtfRecordSizes,
} from './image/btf/format.js';
export type { Field as BtfField, Layout as BtfLayout, Members as BtfMembers } from './image/btf/layout.js';
export type { NamedKind as BtfNamedKind } from './image/btf/name-index.js';
export { readBtf } from './image/btf/read.js';
export type { SectionVariable as BtfSectionVariable } from './image/btf/variables.js';
export type { Arm64Image } from './image/container/arm64-image.js';
export type { BzImage } from './image/container/bzimage.js';
export type { EfiZboot } from './image/container/efi-zboot.js';
export type { Elf, ElfSection, ElfSegment } from './image/container/elf.js';
export type { ElfNote } from './image/container/elf-notes.js';
export type { Multiboot1Header } from './image/container/multiboot.js';
export type { Multiboot2Header, Multiboot2Tag } from './image/container/multiboot2.js';
export type { Pe, PeCompatEntry, PeSection } from './image/container/pe.js';
export type { Problem as ImageProblem } from './image/container/problem.js';
export type { Place as UkiPlace, Uki, UkiPart } from './image/container/uki.js';
export type { Formats, Image, Inner, Wrapping } from './image/image.js';
export { kernelElf, layers } from './image/image.js';
export { type OpenOptions, openImage } from './image/open.js';
export type { AddressSpace } from './image/symbols/address-space.js';
export type { Blob } from './image/symbols/blob.js';
export type { MappedRange } from './image/symbols/mapped-range.js';
export { readSymbols, type SymbolsResult } from './image/symbols/read.js';
export type {
  Symbol,
  SymbolColumns,
  SymbolicPlace,
  SymbolSource,
  SymbolTable,
} from './image/symbols/symbol-table.js';
export type { LinkerTable, LinkerTableEntry } from './image/tables/linker-table.js';
export { linkerTables } from './image/tables/tables.js';
export type { XenFeatureSet } from './image/xen/features.js';
export {
  decodeXenNotes,
  type MaskPair as XenMaskPair,
  type Relocation as XenRelocation,
  type XenNote,
  type XenNoteName,
  type XenNoteValue,
} from './image/xen/notes.js';
export type { ChipsetId } from './machine/chipset/create.js';
export type { ExtraDevice } from './machine/chipset/extra-devices.js';
export type { MachineStop } from './machine/machine.js';
export type {
  CpuidFeature,
  CpuidLeaf,
  CpuidOptions,
  CpuidProfile,
  HypervisorLeaves,
} from './machine/x86/cpuid.js';
export { type CheckOptions, check } from './matrix/check-images.js';
export type { NamedImage } from './matrix/pool.js';
export type { VaryPlan } from './matrix/vary.js';
export type { PlatformId } from './platform/platform.js';
export { type BootReport, bootReport } from './report/boot.js';
export type {
  Checked,
  CheckedImage,
  CheckedPath,
  CheckFinding,
  CheckReport,
  CheckTerms,
} from './report/check.js';
export { type CompareOptions, compare } from './report/comparison/compare.js';
export type {
  ComparedFile,
  Comparison,
  Difference,
  DifferenceSeverity,
  EntryChange,
  EntryOffer,
  Scalar as ComparedScalar,
  Section as ComparedSection,
  Structure as ComparedStructure,
  Value as ComparedValue,
} from './report/comparison/comparison.js';
export type { Filter as CompareFilter } from './report/comparison/filter.js';
export { symbolNames } from './report/comparison/symbol-names.js';
export {
  type ImageEntry,
  type ImageRow,
  type ImageTable,
  imageTable,
  type UnreadImage,
} from './report/image-table.js';
export { type InspectOptions, inspect } from './report/inspect.js';
export type * from './report/inspection.js';
export {
  emptyCell,
  type Matrix,
  type MatrixCell,
  type MatrixColumn,
  type MatrixRow,
  type MatrixSubject,
  matrix,
  matrixCell,
} from './report/matrix.js';
export { symbolsText } from './report/symbols-text.js';
export type { AutopsyTextOptions } from './report/text/autopsy.js';
export { bootText } from './report/text/boot.js';
export { checkText } from './report/text/check.js';
export { type ComparisonPage, comparisonText } from './report/text/comparison.js';
export { imageTableText } from './report/text/image-table.js';
export { inspectionText } from './report/text/inspection.js';
export { matrixText } from './report/text/matrix.js';
export type { Page } from './report/text/page.js';
export { plain, type Style } from './report/text/style.js';
export { type TypesTextOptions, typesText } from './report/types-text.js';
export type { RecordedWaypoint } from './trace/recording.js';
