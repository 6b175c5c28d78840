import { callNode, i32 } from '../../wasm/code.js';
import type { ModuleBuilder } from '../../wasm/module.js';
import { loadSized, pageNumber, pageOffset, storeSized } from '../access.js';
import { scratch } from '../layout.js';
import type { BySize, Library } from './library.js';

const bySize = (make: (size: 8 | 16 | 32 | 64) => number): BySize => ({
  8: make(8),
  16: make(16),
  32: make(32),
  64: make(64),
});

/** Emits the functions that load and store where the TLB does not help, for each size. */
export function emitSlowAccess(
  module: ModuleBuilder,
  {
    translateRead,
    translateWrite,
    finishWrite,
  }: Pick<Library, 'translateRead' | 'translateWrite' | 'finishWrite'>,
): Pick<Library, 'slowLoad' | 'slowStore'> {
  const slowLoad = bySize((size) => {
    const { index, body } = module.function({ params: ['i32', 'i64'], result: 'i64' });
    const address = body.param(1, 'i64');
    const bytes = i32.const(size / 8);
    const at = callNode(
      'i32',
      translateRead,
      body.param(0, 'i32'),
      pageNumber(address),
      pageOffset(address),
      bytes,
    );
    body.return(loadSized(at, size));
    body.unreachable();
    return index;
  });
  const slowStore = bySize((size) => {
    const { index, body } = module.function({ params: ['i32', 'i64', 'i64'] });
    const address = body.param(1, 'i64');
    const bytes = i32.const(size / 8);
    const at = body.let(
      callNode('i32', translateWrite, body.param(0, 'i32'), pageNumber(address), pageOffset(address), bytes),
    );
    storeSized(body, at, body.param(2, 'i64'), size);
    body.if(i32.lt_u(at, i32.const(scratch.end)), () => body.call(finishWrite));
    return index;
  });
  return { slowLoad, slowStore };
}
