import { orderedTable } from '../../core/ordered-table.js';
import { efi } from './efi.js';
import type { EntryStub } from './entry-stub.js';
import { linux16 } from './linux16.js';
import { linux32 } from './linux32.js';
import { linux64 } from './linux64.js';
import { multiboot } from './multiboot.js';
import { multiboot2 } from './multiboot2.js';
import { pvh } from './pvh.js';
import { xenPv } from './xen-pv.js';

/** Every way into the universal image. */
export const entryStubs = orderedTable<EntryStub>('entry stubs', [
  linux16,
  linux32,
  linux64,
  efi,
  pvh,
  xenPv,
  multiboot,
  multiboot2,
]);
