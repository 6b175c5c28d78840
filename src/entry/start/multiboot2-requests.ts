import { multiboot2ConsoleFlags, multiboot2TagType } from '../../abi/multiboot2.js';
import { StartError } from '../../core/errors.js';
import type { Multiboot2Header, Multiboot2Tag } from '../../image/container/multiboot2.js';
import { words } from '../multiboot2-tags.js';

/** Why the machine cannot do what a tag requires; undefined where it can. */
type Check = (tag: Multiboot2Tag) => string | undefined;

/**
 * Tags that can ask for too much. All others are met, or matter on EFI only; information that is known but not there, as a frame
 * buffer, need not be handed over (3.1.4).
 */
const checks: Readonly<Partial<Record<keyof typeof multiboot2TagType, Check>>> = {
  'console flags': (tag) => {
    const [flags = 0] = words(tag);
    return flags & multiboot2ConsoleFlags.REQUIRED ? 'it requires a console on a display' : undefined;
  },
  framebuffer: () => 'it requires a frame buffer, and the machine has no display',
};

/** Throws when a tag that is not optional asks for what this machine does not have. */
export function checkRequests(header: Multiboot2Header): void {
  for (const tag of header.tags) {
    if (tag.optional) continue;
    const name = Object.entries(multiboot2TagType).find(([, type]) => type === tag.type)?.[0];
    const problem = checks[name as keyof typeof multiboot2TagType]?.(tag);
    if (problem === undefined) continue;
    throw new StartError(
      `the header's tag ${tag.type}, ${tag.typeName}: ${problem}`,
      'a kernel that can do without marks the tag as optional',
    );
  }
}

/** Does an image want this information? */
export const requests = ({ tags }: Multiboot2Header, type: number): boolean =>
  tags.some((tag) => tag.type === multiboot2TagType['information request'] && words(tag).includes(type));
