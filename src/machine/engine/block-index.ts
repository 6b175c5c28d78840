import type { Block } from './block.js';

const chains = 1 << 16;
/** Code pages know of lines of so many bytes (as a shift) whether there is code in them. */
const lineShift = 6;

/** The blocks that have bytes in a physical page. */
class CodePage {
  blocks: Block[] = [];
  /** 1 where a line holds code, or did. */
  readonly #lines = new Uint8Array(4096 >> lineShift);

  add(block: Block, from: number, to: number): void {
    this.blocks.push(block);
    this.#lines.fill(1, from >> lineShift, ((to - 1) >> lineShift) + 1);
  }

  /** False: there is no code in the lines of this range. */
  mayHold(from: number, to: number): boolean {
    const last = (to - 1) >> lineShift;
    for (let line = from >> lineShift; line <= last; line++) if (this.#lines[line]) return true;
    return false;
  }
}

/** Finds decoded blocks by where their bytes are in physical memory. */
export class BlockIndex {
  /** 1 for every physical page of RAM that holds decoded code. */
  readonly codePages: Uint8Array;
  /** By a hash of the place: one of the blocks there, the others behind it. */
  readonly #chains: (Block | undefined)[] = new Array(chains).fill(undefined);
  readonly #pages = new Map<number, CodePage>();

  constructor(
    frames: number,
    /** Called when code is found in a page of RAM that held none. */
    readonly onCodePage: (frame: number) => void,
  ) {
    this.codePages = new Uint8Array(frames);
  }

  /** First of the blocks among which those are that begin at a place. */
  chain(frame: number, offset: number): Block | undefined {
    return this.#chains[hash(frame, offset)];
  }

  add(block: Block): void {
    const { frame, secondFrame, offset, end } = block;
    const at = hash(frame, offset);
    block.next = this.#chains[at];
    this.#chains[at] = block;
    this.#page(frame).add(block, offset, Math.min(end, 4096));
    if (secondFrame >= 0) this.#page(secondFrame).add(block, 0, end - 4096);
  }

  #page(frame: number): CodePage {
    let page = this.#pages.get(frame);
    if (page) return page;
    page = new CodePage();
    this.#pages.set(frame, page);
    if (frame < this.codePages.length) {
      this.codePages[frame] = 1;
      this.onCodePage(frame);
    }
    return page;
  }

  /** The valid blocks that have bytes in a physical page. */
  inFrame(frame: number): readonly Block[] {
    return this.#pages.get(frame)?.blocks.filter(({ valid }) => valid) ?? [];
  }

  /** Takes out the blocks that overlap a physical range within one page. */
  take(frame: number, from: number, to: number): readonly Block[] {
    const page = this.#pages.get(frame);
    if (!page?.mayHold(from, to)) return nothing;
    const taken = page.blocks.filter((block) => {
      const first = block.frame === frame ? block.offset : 0;
      const last = block.frame === frame ? block.end : block.end - 4096;
      return block.valid && first < to && from < last;
    });
    for (const block of taken) {
      block.valid = false;
      this.#unlink(block);
    }
    page.blocks = page.blocks.filter(({ valid }) => valid);
    if (page.blocks.length === 0) {
      this.#pages.delete(frame);
      this.codePages[frame] = 0;
    }
    return taken;
  }

  #unlink(block: Block): void {
    const at = hash(block.frame, block.offset);
    const first = this.#chains[at];
    if (first === block) {
      this.#chains[at] = block.next;
      return;
    }
    for (let before = first; before; before = before.next) {
      if (before.next !== block) continue;
      before.next = block.next;
      return;
    }
  }

  clear(): void {
    this.#chains.fill(undefined);
    this.#pages.clear();
    this.codePages.fill(0);
  }
}

const nothing: readonly Block[] = [];

function hash(frame: number, offset: number): number {
  return (Math.imul(frame, 0x9e3779b1) ^ Math.imul(offset, 0x85ebca6b)) >>> 16;
}
