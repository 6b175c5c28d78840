import { EFI_APPLICATION } from '../abi/pe.js';
import { hex } from '../core/errors.js';
import type { Pe } from '../image/container/pe.js';
import type { Claim } from './entry.js';
import type { Quoting } from './evidence.js';

/** DllCharacteristics bit 8: the image may be loaded with W^X permissions. */
const NX_COMPAT = 0x100;

/**
 * What a PE image says about starting it as an EFI application on one of `machines`.
 * `elsewhere` names the entry that other machines belong to.
 */
export function peClaim(quoting: Quoting, machines: readonly Pe['machineName'][], elsewhere: string): Claim {
  const { pe } = quoting.layer.formats;
  const wanted = machines.join(' or ');
  if (!pe) {
    const start = quoting.layer.bytes.has(0, 2)
      ? [
          quoting.at(
            0,
            2,
            'the first two bytes; a PE image begins with "MZ"',
            'Microsoft PE format, "MS-DOS Stub"',
          ),
        ]
      : [];
    return {
      offered: false,
      reason: 'The file has no PE header, so no firmware can load it.',
      evidence: start,
    };
  }
  const machine = quoting.coff(pe, 'machine', `COFF machine ${hex(pe.machine)} (${pe.machineName})`);
  if (!machines.includes(pe.machineName)) {
    return {
      offered: false,
      reason: `The PE image is for ${pe.machineName} (COFF machine ${hex(pe.machine)}), not ${wanted}${pe.machineName === 'unknown' ? '' : `: see ${elsewhere}`}.`,
      evidence: [machine],
    };
  }
  const subsystem = quoting.optional(pe, 'subsystem', `subsystem ${pe.subsystem}`);
  if (pe.subsystem !== EFI_APPLICATION) {
    return {
      offered: false,
      reason: `PE subsystem ${pe.subsystem} is not 10 (EFI application).`,
      evidence: [machine, subsystem],
    };
  }
  if (pe.entry === 0) {
    return {
      offered: false,
      reason: 'The PE image has no entry point: AddressOfEntryPoint is 0.',
      evidence: [machine, subsystem, quoting.optional(pe, 'addressOfEntryPoint', 'entry point 0')],
    };
  }
  return {
    offered: true,
    address: BigInt(pe.entry),
    addressKind: 'RVA',
    reason: `A PE image for ${pe.machineName} with subsystem 10, EFI application.`,
    evidence: [
      quoting.at(pe.offset, 4, '"PE", the signature', 'Microsoft PE format, "Signature"'),
      machine,
      subsystem,
      quoting.optional(pe, 'addressOfEntryPoint', `entry point at RVA ${hex(pe.entry)}`),
    ],
    facts: peFacts(pe),
  };
}

function peFacts(pe: Pe): Record<string, string> {
  const facts: Record<string, string> = {
    format: `${pe.magic} for ${pe.machineName}`,
    'size in memory': hex(pe.sizeOfImage),
    sections: pe.sections.map(({ name }) => name).join(' '),
    'NX compatible': (pe.dllCharacteristics & NX_COMPAT) === 0 ? 'no' : 'yes',
    signed: pe.signed ? 'yes' : 'no',
  };
  if (pe.linuxMagic || pe.majorImageVersion > 0) facts.initrd = initrdText(pe);
  return facts;
}

/** include/linux/pe.h: from 3.0 on the major version is a bit mask, before it 1 stood for LoadFile2. */
function initrdText(pe: Pe): string {
  const ways: string[] = [];
  if ((pe.majorImageVersion & 1) !== 0) ways.push('LINUX_EFI_INITRD_MEDIA_GUID (LoadFile2)');
  if (pe.majorImageVersion >= 3 && (pe.majorImageVersion & 2) !== 0) ways.push('initrd= on any volume');
  return `EFI stub ${pe.majorImageVersion}.${pe.minorImageVersion}: ${ways.join(', ') || 'not stated'}`;
}
