import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { XEN_ERRNO } from '../../src/abi/xen.js';
import { operationNames } from '../../src/platform/platform.js';
import { platforms } from '../../src/platform/platforms.js';
import { missing } from '../../tools/check/missing.js';

/** Of libxen-dev; linux-libc-dev brings the folder, but not the file. */
const header = '/usr/include/xen/xen.h';
const reason = missing(header);
const named = (what: string): string => (reason ? `${what} (${reason})` : what);

const source = (file: string): string => readFileSync(join(dirname(header), file), 'utf8');

/** Numbers by name of all macros of a header that begin with a prefix and stand for a plain number. */
function macros(file: string, prefix: string): Map<string, number> {
  const found = new Map<string, number>();
  for (const [, name, value] of source(file).matchAll(/^\s*#define\s+(\w+)\s+(0x[0-9a-f]+|\d+)\b/gim)) {
    if (name!.startsWith(prefix)) found.set(name!.slice(prefix.length), Number(value));
  }
  return found;
}

describe.each(platforms.filter(({ hypercalls }) => hypercalls))('$id', ({ hypercalls }) => {
  test.skipIf(reason)(named("has every hypercall of Xen's headers, by its name"), () => {
    const known = new Map(hypercalls!.map(({ number, name }) => [number, name]));
    for (const [name, number] of macros('xen.h', '__HYPERVISOR_')) {
      // Numbers for architectures, and the domain list's end.
      if (/^arch_\d/.test(name) || number === 43) continue;
      expect([name, known.get(number)]).toEqual([name, expect.any(String)]);
      if (!name.includes('compat')) expect(known.get(number)!.replace(/_compat$/, '')).toBe(name);
    }
  });

  const operations: readonly (readonly [hypercall: string, file: string, prefix: string])[] = [
    ['memory_op', 'memory.h', 'XENMEM_'],
    ['event_channel_op', 'event_channel.h', 'EVTCHNOP_'],
    ['sched_op', 'sched.h', 'SCHEDOP_'],
    ['grant_table_op', 'grant_table.h', 'GNTTABOP_'],
    ['vcpu_op', 'vcpu.h', 'VCPUOP_'],
    ['xen_version', 'version.h', 'XENVER_'],
    ['physdev_op', 'physdev.h', 'PHYSDEVOP_'],
    ['mmuext_op', 'xen.h', 'MMUEXT_'],
    ['console_io', 'xen.h', 'CONSOLEIO_'],
    ['callback_op', 'callback.h', 'CALLBACKOP_'],
    ['hvm_op', 'hvm/hvm_op.h', 'HVMOP_'],
  ];
  test.skipIf(reason).each(operations)(named('has every operation of %s'), (hypercall, file, prefix) => {
    const call = hypercalls!.find(({ name }) => name === hypercall)!;
    // All of it is refused alike.
    if (call.operations.length === 0) {
      expect(call.status).not.toBe('implemented');
      return;
    }
    const known = new Map(call.operations.map(({ number, name }) => [name, number]));
    for (const [name, number] of macros(file, prefix)) {
      // Operations of an operation, and constants that are none.
      const isOther =
        /^(access_op_|sharing_op_|SHARING_OP|paging_op_|resource_|RDM_|altp2m_|ALTP2M|DBGP_|FORK|[A-Z])/.test(
          name,
        );
      if (isOther && !(prefix === 'MMUEXT_' && number <= 20)) continue;
      expect([name, known.get(name.toLowerCase())]).toEqual([name, number]);
    }
  });
});

test.skipIf(reason)(named("errnos are Xen's"), () => {
  for (const [, name, value] of source('errno.h').matchAll(/^XEN_ERRNO\((\w+),\s*(\d+)\)/gm)) {
    if (name! in XEN_ERRNO) expect(XEN_ERRNO[name as keyof typeof XEN_ERRNO]).toBe(Number(value));
  }
});

test('every platform says whose each operation is', () => {
  for (const { operations } of platforms) {
    expect(Object.keys(operations)).toEqual([...operationNames]);
    for (const { what } of Object.values(operations)) expect(what).not.toBe('');
  }
});
