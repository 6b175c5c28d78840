import { xenDomParms } from '../../image/xen/dom-parms.js';
import type { XenReport } from '../inspection.js';
import type { NamedLayer } from './layers.js';

/** What the innermost ELF layer that talks to Xen tells it; null where none does. */
export function xenReport(layers: readonly NamedLayer[]): XenReport | null {
  for (const { name: layer, image } of [...layers].reverse()) {
    const { elf } = image.formats;
    if (!elf) continue;
    const parms = xenDomParms(elf, image.bytes);
    if (parms.from === 'none') continue;
    return {
      layer,
      from: parms.from,
      notes: parms.notes.map(({ name, type, value, text, offset }) => ({
        name,
        type,
        value,
        text,
        offset,
      })),
      guestSection: (parms.guestSection?.pairs ?? []).map(([name, value]) => ({ name, value })),
      features: parms.features,
    };
  }
  return null;
}
