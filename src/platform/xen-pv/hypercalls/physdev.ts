import { physdevSetIobitmap, physdevSetIopl } from '../../../abi/xen-structures.js';
import { fail, forbidden, type Hypercall, implemented, refused } from '../../xen/hypercall.js';
import type { PvDomain } from '../domain.js';

/** physdev_op (Xen public/physdev.h): a domain without devices may choose its I/O privilege level, and little else. */
export const physdevOp: Hypercall<PvDomain> = {
  number: 33,
  name: 'physdev_op',
  operations: [
    refused(5, 'irq_status_query', 'EINVAL'),
    implemented(6, 'set_iopl', (domain, [, at]) => {
      const level = domain.guest.readStruct(physdevSetIopl, at)?.iopl;
      if (level === undefined) return fail('EFAULT');
      if (level > 3) return fail('EINVAL');
      domain.iopl = level;
      return 0;
    }),
    implemented(7, 'set_iobitmap', (domain, [, at]) => {
      const wanted = domain.guest.readStruct(physdevSetIobitmap, at);
      if (!wanted) return fail('EFAULT');
      const ports = wanted.nr_ports;
      if (ports > 65536) return fail('EINVAL');
      domain.ioBitmap = { address: wanted['bitmap.p'], ports };
      return 0;
    }),
    forbidden(8, 'apic_read'),
    forbidden(9, 'apic_write'),
    forbidden(10, 'alloc_irq_vector'),
    refused(11, 'free_irq_vector', 'ENOSYS'),
    refused(12, 'eoi', 'EINVAL'),
    refused(13, 'map_pirq', 'EPERM'),
    refused(14, 'unmap_pirq', 'EPERM'),
    forbidden(15, 'manage_pci_add'),
    forbidden(16, 'manage_pci_remove'),
    refused(17, 'pirq_eoi_gmfn_v1', 'EINVAL'),
    forbidden(19, 'restore_msi'),
    forbidden(20, 'manage_pci_add_ext'),
    forbidden(21, 'setup_gsi'),
    refused(22, 'get_nr_pirqs', 'ENOSYS'),
    refused(23, 'get_free_pirq', 'EPERM'),
    forbidden(24, 'pci_mmcfg_reserved'),
    forbidden(25, 'pci_device_add'),
    forbidden(26, 'pci_device_remove'),
    forbidden(27, 'restore_msi_ext'),
    refused(28, 'pirq_eoi_gmfn_v2', 'EINVAL'),
    forbidden(29, 'dbgp_op'),
    forbidden(30, 'prepare_msix'),
    forbidden(31, 'release_msix'),
  ],
};
