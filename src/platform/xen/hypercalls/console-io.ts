import { fail, forbidden, type Hypercall, implemented } from '../hypercall.js';

/** console_io (Xen public/xen.h): operation, count, buffer. What is written goes where the console's output goes. */
export const consoleIo: Hypercall = {
  number: 18,
  name: 'console_io',
  operations: [
    implemented(0, 'write', (domain, [, count, at]) => {
      const length = Number(BigInt.asIntN(32, count));
      if (length < 0) return fail('EINVAL');
      // Xen takes it in pieces as well; what cannot be read ends it.
      const piece = 127;
      for (let done = 0; done < length; done += piece) {
        const bytes = domain.guest.read(at + BigInt(done), Math.min(piece, length - done));
        if (!bytes) return fail('EFAULT');
        for (let i = 0; i < bytes.byteLength; i++) domain.options.onConsoleByte(bytes.getUint8(i));
      }
      return 0;
    }),
    forbidden(1, 'read'),
  ],
};
