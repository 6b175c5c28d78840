import { orderedTable } from '../../core/ordered-table.js';
import type { Offer } from '../../entry/entry.js';
import type { Image } from '../../image/image.js';
import type { Finding, ImageRule } from '../rule.js';
import { cmdlineSizeImplausible } from './cmdline-size-implausible.js';
import { crc32Mismatch } from './crc32-mismatch.js';
import { efiEntryOutsideSection } from './efi-entry-outside-section.js';
import { elfEntryOutsideSegments } from './elf-entry-outside-segments.js';
import { entryInBss } from './entry-in-bss.js';
import { foreignNoteType18 } from './foreign-note-type-18.js';
import { handoverOutsideImage } from './handover-outside-image.js';
import { headerUnreadable } from './header-unreadable.js';
import { initSizeTooSmall } from './init-size-too-small.js';
import { kernelTruncated } from './kernel-truncated.js';
import { linuxElfAlignment } from './linux-elf-alignment.js';
import { missingBootFlag } from './missing-boot-flag.js';
import { multibootAddressOutsideFile } from './multiboot-address-outside-file.js';
import { multibootChecksum } from './multiboot-checksum.js';
import { multibootFieldsAgainstSegments } from './multiboot-fields-against-segments.js';
import { multibootHeaderMisplaced } from './multiboot-header-misplaced.js';
import { multibootHidesPvh } from './multiboot-hides-pvh.js';
import { multibootLoadersDisagree } from './multiboot-loaders-disagree.js';
import { multibootSegmentWithoutRam } from './multiboot-segment-without-ram.js';
import { noteAlignment } from './note-alignment.js';
import { noteNameWithoutNul } from './note-name-without-nul.js';
import { notesRelocated } from './notes-relocated.js';
import { nxCompatWritableCode } from './nx-compat-writable-code.js';
import { overlappingSegments } from './overlapping-segments.js';
import { payloadDoesNotUnpack } from './payload-does-not-unpack.js';
import { peChecksumMismatch } from './pe-checksum-mismatch.js';
import { peSectionInHeaders } from './pe-section-in-headers.js';
import { peSectionOutsideImage } from './pe-section-outside-image.js';
import { peSectionPastEnd } from './pe-section-past-end.js';
import { peSectionUnaligned } from './pe-section-unaligned.js';
import { peSectionVirtualSize } from './pe-section-virtual-size.js';
import { peSectionsOverlap } from './pe-sections-overlap.js';
import { phys32RelocRange } from './phys32-reloc-range.js';
import { pvhDescSize } from './pvh-desc-size.js';
import { pvhEntryOutsideSegments } from './pvh-entry-outside-segments.js';
import { pvhEntryVirtual } from './pvh-entry-virtual.js';
import { segmentOutsideFile } from './segment-outside-file.js';
import { setupHeaderMisplaced } from './setup-header-misplaced.js';
import { setupSectsZero } from './setup-sects-zero.js';
import { severalPtNotes } from './several-pt-notes.js';
import { signedWithoutSbat } from './signed-without-sbat.js';
import { xenFeatureUnknown } from './xen-feature-unknown.js';
import { xenNoteMisplaced } from './xen-note-misplaced.js';
import { xlfKernel64WithoutCode } from './xlf-kernel-64-without-code.js';
import { xloadflagsBefore212 } from './xloadflags-before-2-12.js';

/** Every static check, by level: 1 wrapping, 2 boot protocol header, 3 ELF, 4 notes, 5 PE, 6 multiboot. */
export const imageRules: readonly ImageRule[] = orderedTable('image rules', [
  headerUnreadable,
  kernelTruncated,
  payloadDoesNotUnpack,
  setupHeaderMisplaced,
  missingBootFlag,
  setupSectsZero,
  xlfKernel64WithoutCode,
  xloadflagsBefore212,
  cmdlineSizeImplausible,
  initSizeTooSmall,
  handoverOutsideImage,
  crc32Mismatch,
  segmentOutsideFile,
  overlappingSegments,
  elfEntryOutsideSegments,
  entryInBss,
  linuxElfAlignment,
  xenNoteMisplaced,
  severalPtNotes,
  noteAlignment,
  noteNameWithoutNul,
  foreignNoteType18,
  pvhEntryOutsideSegments,
  pvhEntryVirtual,
  pvhDescSize,
  phys32RelocRange,
  xenFeatureUnknown,
  notesRelocated,
  efiEntryOutsideSection,
  peSectionPastEnd,
  peSectionOutsideImage,
  peSectionsOverlap,
  peSectionInHeaders,
  peSectionVirtualSize,
  peSectionUnaligned,
  nxCompatWritableCode,
  signedWithoutSbat,
  peChecksumMismatch,
  multibootChecksum,
  multibootAddressOutsideFile,
  multibootHeaderMisplaced,
  multibootLoadersDisagree,
  multibootHidesPvh,
  multibootFieldsAgainstSegments,
  multibootSegmentWithoutRam,
]);

/** A hostile image can break one rule thousands of times; the first ones tell enough. */
const MOST_PER_RULE = 20;

/** All findings on an image, in the order of the table. */
export function checkImage(image: Image, offers: readonly Offer[]): Finding[] {
  const findings: Finding[] = [];
  for (const rule of imageRules) {
    let count = 0;
    for (const { severity = rule.severity, ...finding } of rule.check(image, offers)) {
      if (++count > MOST_PER_RULE) break;
      findings.push({ rule: rule.id, severity, ...finding });
    }
  }
  return findings;
}
