import { MULTIBOOT2_LOADER_MAGIC, multiboot2InfoType } from '../../abi/multiboot2.js';
import { hex, StartError } from '../../core/errors.js';
import type { Multiboot2Header } from '../../image/container/multiboot2.js';
import { addressFields, findTag, words } from '../multiboot2-tags.js';
import { putBios } from './bios.js';
import { putElfSections } from './elf-sections.js';
import { Layout } from './layout.js';
import { imageOfElf, imageOfFields, type MultibootImage } from './multiboot-image.js';
import { enterMultiboot, putModules } from './multiboot-state.js';
import { putMultiboot2Info } from './multiboot2-info.js';
import { checkRequests, requests } from './multiboot2-requests.js';
import { memoryAdvice, refuseSubarch, type Start } from './start.js';

const MEBIBYTE = 0x100000;

/** Start of day of the Multiboot2 entry (docs/entries/multiboot2.md), as on a machine without EFI. */
export const startMultiboot2: Start = (machine, layer, claim, input) => {
  const { multiboot2: header, elf } = layer.formats;
  const fields = header && addressFields(header);
  if (!header || claim.address === undefined || !(fields || elf)) {
    throw new StartError('there is no Multiboot2 kernel to enter');
  }
  refuseSubarch(input, 'the Multiboot2 information');
  checkRequests(header);
  const layout = new Layout(machine, input.variant);
  const image = fields ? imageOfFields(layer, header.offset, fields) : imageOfElf(layer, elf!);
  const base = loadBase(layout, image, header);
  image.load(layout, base - image.start);
  putBios(layout);
  const info = putMultiboot2Info(layout, {
    commandLine: input.commandLine,
    modules: putModules(layout, input, base + image.size),
    sections: fields ? undefined : putElfSections(layout, layer, elf!),
    loadBase: findTag(header, 'relocatable') && base,
    named:
      !layout.variant?.random('no-loader-name') || requests(header, multiboot2InfoType['boot loader name']),
  });
  // The entry is stated for where the image was linked.
  enterMultiboot(machine, MULTIBOOT2_LOADER_MAGIC, info.address, Number(claim.address) + base - image.start);
  return info.places;
};

/** Where the image goes: where it was linked, unless it says that it can be moved and wants to be. */
function loadBase(layout: Layout, image: MultibootImage, header: Multiboot2Header): number {
  const { start, size } = image;
  const tag = findTag(header, 'relocatable');
  const [min = 0, max = 0, stated = 1, preference = 0] = words(tag);
  if (!tag) return start;
  const alignment = stated || 1;
  const drawn = preference === 0 ? layout.variant?.random('load-address') : undefined;
  const anywhere = drawn && layout.findAny(drawn, size, alignment, Math.max(min, MEBIBYTE), max);
  if (anywhere !== undefined) return anywhere;
  const linked = start >= min && start + size <= max && start % alignment === 0;
  if (preference === 0 && linked && layout.find(size, 1, start) === start) return start;
  const lowest = layout.find(size, alignment, min);
  const found = preference === 2 ? layout.findLast(size, alignment, min, max) : lowest;
  if (found !== undefined && found + size <= max) return found;
  if (tag.optional) return start;
  throw new StartError(
    `tag 10, relocatable: ${size} bytes find no room at ${hex(min)}–${hex(max)}, aligned to ${hex(alignment)}`,
    max <= layout.machine.memory.ramSize
      ? 'no -m helps: the header allows no other place'
      : memoryAdvice(min + size),
  );
}
