import { multiboot2Header, multiboot2InfoType, multiboot2TagType } from '../abi/multiboot2.js';
import { hex } from '../core/errors.js';
import type { Multiboot2Header, Multiboot2Tag } from '../image/container/multiboot2.js';
import type { Claim, EntryDefinition, Evidence } from './entry.js';
import { Quoting } from './evidence.js';
import type { Loading } from './loaders/loading.js';
import { multiboot2Loadings } from './loaders/multiboot.js';
import { byLoaders, multibootFreedom, withoutHeader } from './multiboot-claim.js';
import { multibootElf } from './multiboot-elf.js';
import { misplacedHeader } from './multiboot-misplaced.js';
import { addressFields, findTag, words } from './multiboot2-tags.js';

const SPECIFICATION = 'Multiboot2 Specification 2.0';
const STATE = `${SPECIFICATION}, section 3.3`;

export const multiboot2: EntryDefinition<'multiboot2'> = {
  id: 'multiboot2',
  title: 'Multiboot2',
  order: 9,
  architecture: 'x86',
  declaredBy: ['ELF', 'multiboot header'],
  state: [
    'EAX = 0x36d76289; EBX = physical address of the Multiboot2 information, 8-byte aligned',
    '32-bit protected mode, paging off: CR0 PE = 1, PG = 0; A20 on',
    'CS flat 32-bit, execute and read; DS, ES, FS, GS and SS flat 32-bit, read and write; selectors undefined',
    'EFLAGS VM = 0, IF = 0; ESP undefined, so is the GDTR',
    'EIP = entry address tag, or the entry point of the ELF file',
    'with the EFI boot services tag and an EFI entry tag: RAX and RBX instead, as the firmware runs (RSP its stack), boot services on',
  ],
  namesKernel: true,
  freedom: {
    ...multibootFreedom(SPECIFICATION, STATE),
    structures:
      'Multiboot2 Specification 2.0, section 3.6.1: "may be placed anywhere in memory by the boot loader"',
    loadAddress:
      'Multiboot2 Specification 2.0, section 3.1.13: between min_addr and max_addr of the relocatable tag, whose preference is none',
    loaderName:
      'Multiboot2 Specification 2.0, section 3.1.4: "there is no guarantee that any tags of type ‘mbi_tag_types’ will actually be present"',
  },
  start: async () => (await import('./start/multiboot2.js')).startMultiboot2,
  claim(layer, layerName) {
    const quoting = new Quoting(layer, layerName);
    const header = layer.formats.multiboot2;
    if (!header) {
      const none = 'The first 32768 bytes hold no Multiboot2 header (magic 0xe85250d6, checksum right)';
      return withoutHeader(quoting, none, misplacedHeader(layer, 2));
    }
    const loadings = multiboot2Loadings(layer);
    const refusal = refusalOf(header) ?? (taken(loadings) ? undefined : brokenTags(header));
    const claim: Claim = refusal
      ? { offered: false, reason: refusal, evidence: proof(quoting, header) }
      : findTag(header, 'address')
        ? fromTags(quoting, header)
        : fromElf(quoting, header);
    return byLoaders(quoting, claim, loadings);
  },
};

function refusalOf(header: Multiboot2Header): string | undefined {
  if (header.architecture !== 0) {
    return `The Multiboot2 header is for architecture ${header.architecture}, not 0 (i386).`;
  }
  const known = Object.values(multiboot2TagType) as number[];
  const unknown = header.tags.find(({ type, optional }) => !optional && !known.includes(type));
  if (unknown) return `The header requires tag ${unknown.type}, which the specification does not have.`;
  const request = header.tags
    .filter(({ optional, typeName }) => !optional && typeName === 'information request')
    .flatMap(words)
    .find((type) => !information.includes(type));
  if (request !== undefined) {
    return `The header requires information ${request}, which the specification does not have; a loader must refuse it.`;
  }
  return undefined;
}

/** Without an end tag where one is read nothing is certain, and no loader must take it. */
function brokenTags({ tags, problems: [problem] }: Multiboot2Header): string | undefined {
  if (!problem || tags.at(-1)?.type === multiboot2TagType.end) return undefined;
  return `The tags are not as the specification demands: ${problem.message}.`;
}

const taken = (loadings: readonly Loading[]): boolean => loadings.some(({ outcome }) => outcome === 'takes');

const information = Object.values(multiboot2InfoType) as number[];

function fromTags(quoting: Quoting, header: Multiboot2Header): Claim {
  const { headerAddr, loadAddr, loadEndAddr, bssEndAddr } = addressFields(header)!;
  const entry = findTag(header, 'entry address');
  const [address] = words(entry);
  if (!entry || address === undefined) {
    return {
      offered: false,
      reason: 'The Multiboot2 header has an address tag, but no entry address tag.',
      evidence: proof(quoting, header),
    };
  }
  const to = loadEndAddr === 0 ? 'the end of the file' : hex(loadEndAddr);
  return {
    offered: true,
    address: BigInt(address),
    addressKind: 'physical',
    reason: 'The Multiboot2 header states in its tags how the file is loaded.',
    evidence: proof(quoting, header),
    facts: {
      'load rule': `address tag: from file offset ${hex(header.offset - (headerAddr - loadAddr))} to ${hex(loadAddr)}–${to}${bssEndAddr === 0 ? '' : `, zeros to ${hex(bssEndAddr)}`}`,
      ...tagFacts(header),
    },
  };
}

function fromElf(quoting: Quoting, header: Multiboot2Header): Claim {
  const { elf } = quoting.layer.formats;
  const load = multibootElf(elf);
  if ('problem' in load || !elf) {
    const problem = 'problem' in load ? load.problem : '';
    return {
      offered: false,
      reason: `The Multiboot2 header has no address tag, and ${problem}.`,
      evidence: proof(quoting, header),
    };
  }
  const [entry] = words(findTag(header, 'entry address'));
  return {
    offered: true,
    address: entry === undefined ? load.address : BigInt(entry),
    addressKind: 'physical',
    reason: 'The file has a Multiboot2 header and is loaded by its ELF segments.',
    evidence: [
      ...proof(quoting, header),
      quoting.elfClass(elf),
      quoting.elf(elf, 'e_entry', `entry point ${hex(elf.entry)}`),
    ],
    facts: { 'load rule': 'ELF segments, each to its physical address', ...tagFacts(header) },
  };
}

/** The header, and those of its tags that say where to enter and how to load. */
function proof(quoting: Quoting, header: Multiboot2Header): Evidence[] {
  const telling = header.tags.filter(({ typeName }) => /address|relocatable|EFI/.test(typeName));
  return [
    quoting.at(
      header.offset,
      multiboot2Header.size,
      `magic 0xe85250d6, architecture ${header.architecture}, ${header.length} bytes, checksum right`,
      multiboot2Header.source,
    ),
    ...telling.map((tag) =>
      quoting.at(
        tag.offset,
        8 + tag.data.length,
        `${tag.optional ? 'optional ' : ''}tag ${tag.type}, ${tag.typeName}${values(tag)}`,
        'Multiboot2 Specification 2.0, 3.1.3 to 3.1.13',
      ),
    ),
  ];
}

function tagFacts(header: Multiboot2Header): Record<string, string> {
  const facts: Record<string, string> = {};
  const [min, max, align] = words(findTag(header, 'relocatable'));
  if (min !== undefined && max !== undefined && align !== undefined) {
    facts.relocatable = `${hex(min)}–${hex(max)}, aligned to ${hex(align)}`;
  }
  const [efi32] = words(findTag(header, 'entry address EFI i386'));
  const [efi64] = words(findTag(header, 'entry address EFI amd64'));
  if (efi32 !== undefined) facts['entry with EFI boot services, i386'] = hex(efi32);
  if (efi64 !== undefined) facts['entry with EFI boot services, amd64'] = hex(efi64);
  const required = header.tags.filter(({ type, optional }) => !optional && type !== multiboot2TagType.end);
  facts.requires = required.map(({ typeName }) => typeName).join(', ') || 'nothing';
  return facts;
}

function values(tag: Multiboot2Tag): string {
  const all = words(tag).map((word) => hex(word));
  return all.length === 0 ? '' : `: ${all.join(', ')}`;
}
