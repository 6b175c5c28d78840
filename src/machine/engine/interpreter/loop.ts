import { type Body, callIndirect, callNode, type I32, i32, i64 } from '../../wasm/code.js';
import type { FunctionHandle, ModuleBuilder } from '../../wasm/module.js';
import type { Handler, InstructionSet } from '../architecture.js';
import { here, words } from '../layout.js';
import { block, record, regionCase, regionExit } from '../record.js';
import type { Border, Library } from './library.js';

export const handlerType = { params: ['i32'], result: 'i32' } as const;

/**
 * Emits the function that goes from region to region, until control comes to a record that is the interpreter's. `settle` emits
 * what brings deferred state to where handlers expect it.
 */
export function emitRegions(
  module: ModuleBuilder,
  { follow, jump }: Pick<Library, 'follow' | 'jump'>,
  settle: (body: Body) => void,
): FunctionHandle {
  const regions = module.function(handlerType);
  const { body } = regions;
  const rec = body.param(0, 'i32');
  const type = module.type(handlerType);
  const exit = body.local('i32');
  body.loop((again) => {
    const start = body.let(i32.sub(rec, i32.const(block.size)));
    const entry = i32.load16_u(start, block.entry);
    const slot = i32.load16_u(start, block.region);
    body.set(exit, callIndirect('i32', type, slot, [entry], 1));
    body.if(
      i32.and(exit, i32.const(regionExit.link)),
      () => body.set(rec, callNode('i32', follow, i32.xor(exit, i32.const(regionExit.link)))),
      () =>
        body.if(
          i32.eq(exit, i32.const(regionExit.jump)),
          () => body.set(rec, callNode('i32', jump, i64.load(here, words.jumpTarget))),
          () => {
            settle(body);
            body.if(i32.eq(exit, i32.const(regionExit.interpret)), () => body.set(exit, rec));
            body.if(exit, () => {
              // This record by its handler: were it the region's entry, the region would only leave again.
              body.set(exit, callIndirect('i32', type, i32.load16_u(exit, record.handler), [exit]));
            });
            body.return(exit);
          },
        ),
    );
    body.if(rec, () => again(i32.eq(i32.load8_u(rec, record.hot), i32.const(regionCase))));
  });
  settle(body);
  body.return(rec);
  body.unreachable();
  return regions;
}

/** Emits the loop: the hottest handlers stand in it, chosen by one br_table; the others are called. */
export function emitLoop<H extends Handler, Own extends Border>(
  module: ModuleBuilder,
  set: InstructionSet<H, Own>,
  library: Library<Own>,
  regions: FunctionHandle,
): FunctionHandle {
  const run = module.function({ params: ['i32'] });
  const { body } = run;
  const rec = body.param(0, 'i32');
  const type = module.type(handlerType);
  body.loop((again) => {
    const next = (value: I32): void => {
      body.set(rec, value);
      again(rec);
      body.return();
    };
    body.switch(
      i32.load8_u(rec, record.hot),
      [
        () => {
          body.set(rec, callIndirect('i32', type, i32.load16_u(rec, record.handler), [rec]));
          again(rec);
        },
        ...set.handlers
          .filter(({ key }) => set.hot.has(key))
          .map((source) => () => body.scope(() => set.emit(source, { body, library, rec, leave: next }))),
      ],
      () => {
        body.set(rec, callNode('i32', regions.index, rec));
        again(rec);
      },
    );
  });
  return run;
}
