import { XEN_M2P_START } from '../../../abi/xen.js';
import { xenFeatureInfo } from '../../../abi/xen-structures.js';
import { XEN_VERSION } from '../cpuid.js';
import type { XenDomain } from '../domain.js';
import { type Arguments, fail, type Hypercall, implemented, type Result, refused } from '../hypercall.js';

/** Text of a fixed size, NUL-padded. */
const text =
  (content: string, size: number) =>
  ({ guest }: XenDomain, [, at]: Arguments): Result => {
    const bytes = new Uint8Array(size);
    bytes.set(new TextEncoder().encode(content));
    return guest.write(at, bytes) ? 0 : fail('EFAULT');
  };

/** xen_version (Xen public/version.h): the operation is the first argument, where its answer goes the second. */
export const xenVersion: Hypercall = {
  number: 17,
  name: 'xen_version',
  operations: [
    implemented(0, 'version', () => XEN_VERSION),
    implemented(1, 'extraversion', text('.0-zeropage', 16)),
    implemented(2, 'compile_info', text('zeropage', 64 + 16 + 32 + 32)),
    implemented(3, 'capabilities', text('xen-3.0-x86_64 hvm-3.0-x86_64 ', 1024)),
    implemented(4, 'changeset', text('none', 64)),
    implemented(5, 'platform_parameters', ({ guest }, [, at]) =>
      guest.writeU64(at, XEN_M2P_START) ? 0 : fail('EFAULT'),
    ),
    implemented(6, 'get_features', ({ guest, features }, [, at]) => {
      const index = guest.readStruct(xenFeatureInfo, at)?.submap_idx;
      if (index === undefined) return fail('EFAULT');
      // Xen has one submap, and says -EINVAL for all others.
      if (index !== 0) return fail('EINVAL');
      return guest.writeFields(xenFeatureInfo, at, { submap: features }) ? 0 : fail('EFAULT');
    }),
    implemented(7, 'pagesize', () => 4096),
    implemented(8, 'guest_handle', text('zeropage-domain', 16)),
    implemented(9, 'commandline', text('<denied>', 1024)),
    refused(10, 'build_id', 'ENODATA'),
  ],
};
