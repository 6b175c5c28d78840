import { DOMID } from '../../../abi/xen.js';
import {
  gnttabCopy,
  gnttabGetVersion,
  gnttabMapGrantRef,
  gnttabQuerySize,
  gnttabSetupTable,
  gnttabSetVersion,
  gnttabTransfer,
  gnttabUnmapAndReplace,
  gnttabUnmapGrantRef,
} from '../../../abi/xen-structures.js';
import type { Field, Struct, Values, ValuesOf } from '../../../core/struct.js';
import type { XenDomain } from '../domain.js';
import {
  type Arguments,
  fail,
  type Hypercall,
  implemented,
  type Operation,
  type Result,
  refused,
} from '../hypercall.js';

/** Status of an operation (Xen public/grant_table.h, GNTST_*). */
const GNTST = { okay: 0, generalError: -1, badDomain: -2, badHandle: -4 } as const;

/** gnttab_max_frames of a domain. */
export const GRANT_FRAMES = 32;

const isSelf = (domid: number): boolean => domid === DOMID.self || domid === 1;

/** What is written back into a structure; a number or bigint ends the hypercall with it. */
type Answer<F extends Record<string, Field>> = Partial<Values<F>> | Result;

/** An operation on an array of structures; count is the third argument. */
const onArray = <F extends Record<string, Field>>(
  number: number,
  name: string,
  layout: Struct<F>,
  run: (domain: XenDomain, values: Values<F>) => Answer<F>,
): Operation =>
  implemented(number, name, (domain, [, array, count]: Arguments) => {
    const length = Number(BigInt.asUintN(32, count));
    if (length > 0x7fffffff) return fail('EINVAL');
    for (let i = 0; i < length; i++) {
      const at = array + BigInt(i * layout.size);
      const values = domain.guest.readStruct(layout, at);
      if (!values) return fail('EFAULT');
      const answer = run(domain, values);
      if (typeof answer !== 'object') return answer;
      if (!domain.guest.writeFields(layout, at, answer)) return fail('EFAULT');
    }
    return 0;
  });

/** A signed status as its field holds it. */
const statusOf = (name: keyof typeof GNTST): { readonly status: number } => ({
  status: GNTST[name] & 0xffff,
});

function setupTable(
  domain: XenDomain,
  { dom, nr_frames, frame_list }: ValuesOf<typeof gnttabSetupTable>,
): { readonly status: number } {
  if (!isSelf(dom)) return statusOf('badDomain');
  if (nr_frames > GRANT_FRAMES) return statusOf('generalError');
  const frames = domain.growGrantTable(nr_frames).slice(0, nr_frames);
  const list = new Uint8Array(BigUint64Array.from(frames.map(BigInt)).buffer);
  return domain.guest.write(frame_list, list) ? statusOf('okay') : statusOf('generalError');
}

/** Structures whose operations need another domain, which there is none of: their status. */
const withoutPeers = <F extends Record<string, Field> & { readonly status: Field<'u16'> }>(
  number: number,
  name: string,
  layout: Struct<F>,
  status: keyof typeof GNTST,
): Operation => onArray(number, name, layout, () => statusOf(status) as Partial<Values<F>>);

/** grant_table_op (Xen public/grant_table.h): operation, array, count. */
export const grantTableOp: Hypercall = {
  number: 20,
  name: 'grant_table_op',
  operations: [
    withoutPeers(0, 'map_grant_ref', gnttabMapGrantRef, 'badDomain'),
    withoutPeers(1, 'unmap_grant_ref', gnttabUnmapGrantRef, 'badHandle'),
    onArray(2, 'setup_table', gnttabSetupTable, setupTable),
    refused(3, 'dump_table', 'EPERM'),
    withoutPeers(4, 'transfer', gnttabTransfer, 'badDomain'),
    withoutPeers(5, 'copy', gnttabCopy, 'badDomain'),
    onArray(6, 'query_size', gnttabQuerySize, (domain, { dom }) =>
      isSelf(dom)
        ? { nr_frames: domain.growGrantTable(0).length, max_nr_frames: GRANT_FRAMES, ...statusOf('okay') }
        : statusOf('badDomain'),
    ),
    withoutPeers(7, 'unmap_and_replace', gnttabUnmapAndReplace, 'badHandle'),
    implemented(8, 'set_version', ({ guest }, [, at]) => {
      const wanted = guest.readStruct(gnttabSetVersion, at);
      if (!wanted) return fail('EFAULT');
      // Version 2 is off, as with gnttab=max-ver:1; the answer is the version in use all the same.
      const result = wanted.version === 1 ? 0 : fail(wanted.version === 2 ? 'ENOSYS' : 'EINVAL');
      return guest.writeFields(gnttabSetVersion, at, { version: 1 }) ? result : fail('EFAULT');
    }),
    refused(9, 'get_status_frames', 'ENOSYS'),
    onArray(10, 'get_version', gnttabGetVersion, (_, { dom }) =>
      isSelf(dom) ? { version: 1 } : fail('ESRCH'),
    ),
    refused(11, 'swap_grant_ref', 'ENOSYS'),
    refused(12, 'cache_flush', 'ENOSYS'),
  ],
};
