import { type Body, callNode, type I32, i32, i64, type Local } from '../../wasm/code.js';
import type { ModuleBuilder } from '../../wasm/module.js';
import { pageNumber, pageOffset } from '../access.js';
import { here, words } from '../layout.js';
import { findInPcCache } from '../pc-cache.js';
import { block, link, noCharge } from '../record.js';
import { emitEntry, emitForgetNote } from '../transfers.js';
import type { Library } from './library.js';

/** Functions of the border that find blocks. */
type Finding = Pick<Library, 'fillLink' | 'lookup' | 'hot'>;

/** How a block is entered. */
interface Entering {
  readonly target: Local<'i32'>;
  /** The link that was followed, or 0. */
  readonly from: I32;
  /** Stores the pc of the block, for when it is not entered. */
  storePc(): void;
  /** Looks for the block again, where it is no longer valid. */
  find(): I32;
}

/** Emits the functions that go on with another block: `follow` by a link, `jump` by its pc. */
export function emitEnterBlock(
  module: ModuleBuilder,
  finding: Finding,
  traces: { readonly stackPointer: number } | undefined,
): Pick<Library, 'follow' | 'jump'> {
  const { fillLink, lookup, hot } = finding;
  const follow = module.function({ params: ['i32'], result: 'i32' });
  {
    const { body } = follow;
    const at = body.param(0, 'i32');
    const target = body.local('i32');
    body.if(
      i32.eq(i32.load(at, link.epoch), i32.load(here, words.epoch)),
      () => body.set(target, i32.load(at, link.block)),
      () => body.set(target, callNode('i32', fillLink, at)),
    );
    enter(body, hot, traces, {
      target,
      from: at,
      storePc: () => body.store64(here, i64.load(at, link.pc), words.pc),
      find: () => callNode('i32', fillLink, at),
    });
  }

  const jump = module.function({ params: ['i64'], result: 'i32' });
  {
    const { body } = jump;
    const pc = body.param(0, 'i64');
    const cached = findInPcCache(body, pc);
    const target = body.local('i32');
    body.if(
      cached.hit,
      () => body.set(target, cached.block),
      () => body.set(target, callNode('i32', lookup, pageNumber(pc), pageOffset(pc))),
    );
    enter(body, hot, traces, {
      target,
      from: i32.const(0),
      storePc: () => body.store64(here, pc, words.pc),
      find: () => callNode('i32', lookup, pageNumber(pc), pageOffset(pc)),
    });
  }
  return { follow: follow.index, jump: jump.index };
}

/**
 * Charges the block's instructions and goes to its first record, or leaves when the budget does not reach. An invalid
 * block is looked for again.
 */
function enter(
  body: Body,
  hot: number,
  traces: { readonly stackPointer: number } | undefined,
  { target, from, storePc, find }: Entering,
): void {
  const left = body.local('i32');
  body.loop((again) => {
    body.set(left, i32.sub(i32.load(here, words.remaining), i32.load(target, block.charge)));
    body.if(i32.lt_s(left, i32.const(0)), () => {
      body.if(i32.eq(i32.load(target, block.charge), i32.const(noCharge)), () => {
        body.set(target, find());
        again();
      });
      storePc();
      if (traces) body.storeI32(here, from, words.via);
      body.return(i32.const(0));
    });
  });
  if (traces) {
    const mark = body.let(i32.load(target, block.mark));
    const before = i32.load(here, words.remaining);
    body.if(mark, () => emitEntry(body, traces.stackPointer, before, mark, from));
    emitForgetNote(body);
  }
  body.storeI32(here, left, words.remaining);
  const heat = body.let(i32.sub(i32.load(target, block.heat), i32.const(1)));
  body.storeI32(target, heat, block.heat);
  body.if(i32.eqz(heat), () => body.call(hot, target));
  body.return(i32.add(target, i32.const(block.size)));
  body.unreachable();
}
