import { CR0, CR4, EFER } from '../../abi/x86/control-registers.js';
import { PAGE_ENTRY } from '../../abi/x86/paging.js';
import { hex } from '../../core/errors.js';
import type { Machine } from '../../machine/machine.js';
import type { RecordedPaging } from './row.js';

const { PRESENT, WRITABLE, USER, LARGE } = PAGE_ENTRY;
/** Of the upper half of an entry: XD. */
const NO_EXECUTE = 0x80000000;
/** Tables that are looked at: enough to map 3 GiB in small pages twice. */
const most = 4096;

/** The shape of page tables (Intel SDM vol. 3, chapter 5): what they map, and how. */
export function pagingOf(machine: Machine): RecordedPaging {
  const { cr0, cr3, cr4, efer } = machine.cpu;
  if (!(cr0 & CR0.PG))
    return { levels: 0, root: hex(0), tables: [], pages: {}, mapped: 0, writableExecutable: 0, user: 0 };
  const isPae = (cr4 & CR4.PAE) !== 0;
  const isLong = (efer & EFER.LMA) !== 0;
  const levels = isLong ? (cr4 & CR4.LA57 ? 5 : 4) : isPae ? 3 : 2;
  const root = Number(cr3 & (isLong ? 0xffffffffff000n : isPae ? 0xffffffe0n : 0xfffff000n));
  const shape = new Shape(machine, levels, isPae, (efer & EFER.NXE) !== 0);
  shape.walk(root, levels, { writable: true, user: true, executable: true });
  return { levels, root: hex(root), ...shape.found };
}

interface Rights {
  readonly writable: boolean;
  readonly user: boolean;
  readonly executable: boolean;
}

class Shape {
  readonly found: {
    tables: number[];
    pages: Record<string, number>;
    mapped: number;
    writableExecutable: number;
    user: number;
  };
  #left = most;

  constructor(
    readonly machine: Machine,
    readonly levels: number,
    readonly isPae: boolean,
    readonly hasNoExecute: boolean,
  ) {
    const tables = new Array<number>(levels).fill(0);
    this.found = { tables, pages: {}, mapped: 0, writableExecutable: 0, user: 0 };
  }

  walk(table: number, level: number, rights: Rights): void {
    const { memory } = this.machine;
    if (this.#left-- <= 0) return;
    this.found.tables[this.levels - level]!++;
    const isPdpt = this.isPae && this.levels === 3 && level === 3;
    const count = isPdpt ? 4 : this.isPae ? 512 : 1024;
    for (let i = 0; i < count; i++) {
      const at = table + i * (this.isPae ? 8 : 4);
      if (!memory.isRam(at)) continue;
      const low = memory.read32(at);
      if (!(low & PRESENT)) continue;
      const high = this.isPae ? memory.read32(at + 4) : 0;
      // The PDPTEs of PAE paging have no rights.
      const own: Rights = isPdpt
        ? rights
        : {
            writable: rights.writable && (low & WRITABLE) !== 0,
            user: rights.user && (low & USER) !== 0,
            executable: rights.executable && !(this.hasNoExecute && high & NO_EXECUTE),
          };
      const isLeaf = level === 1 || (low & LARGE) !== 0;
      if (isLeaf) this.#page(level, own);
      else this.walk((high & 0xfffff) * 0x100000000 + ((low & 0xfffff000) >>> 0), level - 1, own);
    }
  }

  #page(level: number, { writable, user, executable }: Rights): void {
    const size = 4096 * (this.isPae ? 512 : 1024) ** (level - 1);
    const { found } = this;
    found.pages[size] = (found.pages[size] ?? 0) + 1;
    found.mapped += size;
    if (writable && executable) found.writableExecutable += size;
    if (user) found.user += size;
  }
}
