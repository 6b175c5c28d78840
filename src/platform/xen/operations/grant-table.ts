import { DOMID } from '../../../abi/xen.js';
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
const GNTST = { okay: 0, generalError: -1, badDomain: -2, permissionDenied: -8 } as const;

/** gnttab_max_frames of a domain. */
export const GRANT_FRAMES = 32;

const isSelf = (domid: number): boolean => domid === DOMID.self || domid === 1;

/** An operation on an array of structures; count is the third argument. */
const onArray = (
  number: number,
  name: string,
  size: number,
  run: (domain: XenDomain, view: DataView) => Result | undefined,
): Operation =>
  implemented(number, name, (domain, [, array, count]: Arguments) => {
    const length = Number(BigInt.asUintN(32, count));
    if (length > 0x7fffffff) return fail('EINVAL');
    for (let i = 0; i < length; i++) {
      const at = array + BigInt(i * size);
      const view = domain.guest.read(at, size);
      if (!view) return fail('EFAULT');
      const result = run(domain, view);
      if (result !== undefined) return result;
      if (!domain.guest.write(at, new Uint8Array(view.buffer))) return fail('EFAULT');
    }
    return 0;
  });

/** struct gnttab_setup_table: domid u16, nr_frames u32, status s16, list of frames. */
function setupTable(domain: XenDomain, view: DataView): Result | undefined {
  const count = view.getUint32(4, true);
  let status: number = GNTST.okay;
  if (!isSelf(view.getUint16(0, true))) status = GNTST.badDomain;
  else if (count > GRANT_FRAMES) status = GNTST.generalError;
  else {
    const frames = domain.growGrantTable(count);
    const list = Uint8Array.from(
      new Uint8Array(BigUint64Array.from(frames.slice(0, count).map(BigInt)).buffer),
    );
    if (!domain.guest.write(view.getBigUint64(16, true), list)) status = GNTST.generalError;
  }
  view.setInt16(8, status, true);
  return undefined;
}

/** Structures whose operations need another domain, which there is none of: their status, and where it stands. */
const withoutPeers = (
  number: number,
  name: string,
  size: number,
  statusAt: number,
  status: number,
): Operation =>
  onArray(number, name, size, (_, view) => {
    view.setInt16(statusAt, status, true);
    return undefined;
  });

/** grant_table_op (Xen public/grant_table.h): operation, array, count. */
export const grantTableOp: Hypercall = {
  number: 20,
  name: 'grant_table_op',
  operations: [
    withoutPeers(0, 'map_grant_ref', 32, 20, GNTST.badDomain),
    withoutPeers(1, 'unmap_grant_ref', 24, 20, -4),
    onArray(2, 'setup_table', 24, setupTable),
    refused(3, 'dump_table', 'EPERM'),
    withoutPeers(4, 'transfer', 24, 16, GNTST.badDomain),
    withoutPeers(5, 'copy', 40, 36, GNTST.badDomain),
    onArray(6, 'query_size', 16, (domain, view) => {
      const isOwn = isSelf(view.getUint16(0, true));
      if (isOwn) {
        view.setUint32(4, domain.growGrantTable(0).length, true);
        view.setUint32(8, GRANT_FRAMES, true);
      }
      view.setInt16(12, isOwn ? GNTST.okay : GNTST.badDomain, true);
      return undefined;
    }),
    withoutPeers(7, 'unmap_and_replace', 32, 28, -4),
    onArray(8, 'set_version', 4, (_, view) => {
      const wanted = view.getUint32(0, true);
      view.setUint32(0, 1, true);
      if (wanted === 1) return undefined;
      // Version 2 is off, as with gnttab=max-ver:1.
      return wanted === 2 ? fail('ENOSYS') : fail('EINVAL');
    }),
    refused(9, 'get_status_frames', 'ENOSYS'),
    onArray(10, 'get_version', 8, (_, view) => {
      if (!isSelf(view.getUint16(0, true))) return fail('ESRCH');
      view.setUint32(4, 1, true);
      return undefined;
    }),
    refused(11, 'swap_grant_ref', 'ENOSYS'),
    refused(12, 'cache_flush', 'ENOSYS'),
  ],
};
