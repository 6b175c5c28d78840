import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { xenConsoleRing, xenSharedInfo, xenStartInfo, xenStoreRing, xenVcpuInfo } from '../../src/abi/xen.js';
import * as structures from '../../src/abi/xen-structures.js';
import { fieldSize, type Struct } from '../../src/core/struct.js';

const headers = [
  ...[
    'xen',
    'event_channel',
    'grant_table',
    'memory',
    'sched',
    'vcpu',
    'version',
    'callback',
    'nmi',
    'physdev',
  ],
  ...['hvm/hvm_op', 'io/console', 'io/xs_wire'],
].map((name) => `xen/${name}.h`);
const isThere = headers.every((header) => existsSync(`/usr/include/${header}`));

/** Tables that name some members shorter than the header does, or after a union they lie in. */
const members: Readonly<Record<string, string>> = {
  'vcpu_info.evtchn_upcall_mask': 'evtchn_upcall_mask',
  'vcpu_info.cr2': 'arch.cr2',
  'vcpu_info.time_version': 'time.version',
  'vcpu_info.tsc_timestamp': 'time.tsc_timestamp',
  'vcpu_info.system_time': 'time.system_time',
  'vcpu_info.tsc_to_system_mul': 'time.tsc_to_system_mul',
  'vcpu_info.tsc_shift': 'time.tsc_shift',
  'vcpu_info.time_flags': 'time.flags',
  'shared_info.max_pfn': 'arch.max_pfn',
  'shared_info.pfn_to_mfn_frame_list_list': 'arch.pfn_to_mfn_frame_list_list',
  'shared_info.nmi_reason': 'arch.nmi_reason',
  'shared_info.p2m_cr3': 'arch.p2m_cr3',
  'shared_info.p2m_vaddr': 'arch.p2m_vaddr',
  'shared_info.p2m_generation': 'arch.p2m_generation',
  'shared_info.wc_sec_hi': 'wc_sec_hi',
  'start_info.console_mfn': 'console.domU.mfn',
  'start_info.console_evtchn': 'console.domU.evtchn',
};
const all: readonly Struct[] = [
  ...Object.values(structures),
  xenStartInfo,
  xenVcpuInfo,
  xenSharedInfo,
  xenConsoleRing,
  xenStoreRing,
];
/** Structures of which the tables hold the beginning alone. */
const beginnings = new Set(['shared_info', 'vcpu_info']);

/** Offset and size of every member, and the size of each structure, as the compiler lays them out. */
function layouts(): ReadonlyMap<string, string> {
  const lines = all.flatMap(({ name, fields }) => [
    `  printf("${name} %zu\\n", sizeof(struct ${name}));`,
    ...Object.keys(fields).map((key) => {
      const member = members[`${name}.${key}`] ?? key;
      const place = `offsetof(struct ${name}, ${member}), sizeof(((struct ${name} *)0)->${member})`;
      return `  printf("${name}.${key} %zu %zu\\n", ${place});`;
    }),
  ]);
  const source = [
    '#include <stddef.h>',
    '#include <stdint.h>',
    '#include <stdio.h>',
    '#define __XEN_INTERFACE_VERSION__ 0x00040e00',
    ...headers.map((header) => `#include <${header}>`),
    `int main(void) {\n${lines.join('\n')}\n  return 0;\n}\n`,
  ].join('\n');
  const folder = mkdtempSync(join(tmpdir(), 'zeropage-structures-'));
  try {
    writeFileSync(join(folder, 'a.c'), source);
    execFileSync('gcc', ['-o', join(folder, 'a'), join(folder, 'a.c')]);
    const text = execFileSync(join(folder, 'a'), { encoding: 'utf8' });
    return new Map(
      text
        .trim()
        .split('\n')
        .map((line) => [line.split(' ')[0]!, line.replace(/^\S+ /, '')]),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe.skipIf(!isThere)('structures lie as in Xen’s headers (libxen-dev, gcc)', () => {
  const known = isThere ? layouts() : new Map<string, string>();

  test.each(all.map((one) => [one.name, one] as const))('%s', (name, { fields, size }) => {
    if (!beginnings.has(name)) expect(size).toBe(Number(known.get(name)));
    for (const [key, one] of Object.entries(fields)) {
      expect([key, `${one.offset} ${fieldSize(one)}`]).toEqual([key, known.get(`${name}.${key}`)]);
    }
  });
});
