/** The tables of real kernels: the initcalls against what the kernel calls when it runs, the others by what they hold. */
import { describe, expect } from 'vitest';
import { corpusTest, linuxIds } from '../../../test/outside.js';
import { corpusFile } from '../../../tools/corpus/locate.js';
import { readRecords, sha256 } from '../../../tools/oracle/record.js';
import { openImage } from '../open.js';
import { readSymbols } from '../symbols/read.js';
import type { LinkerTable } from './linker-table.js';
import { linkerTables } from './tables.js';

type Tables = ReadonlyMap<string, LinkerTable>;

const known = new Map<string, Promise<Tables>>();

/** The tables of a file, by id; each file is read once. */
function tablesOf({ path, data }: { path: string; data: Uint8Array }): Promise<Tables> {
  const tables = known.get(path) ?? readTables(data);
  known.set(path, tables);
  return tables;
}

async function readTables(data: Uint8Array): Promise<Tables> {
  const image = await openImage(data);
  const tables = linkerTables(image, readSymbols(image).table!);
  return new Map(tables.map((table) => [table.id, table]));
}

function names(table: LinkerTable | undefined): string[] {
  return table?.entries.map(({ name }) => name) ?? [];
}

function fact(table: LinkerTable | undefined, name: string): (string | undefined)[] {
  return table?.entries.map(({ facts }) => facts?.[name]) ?? [];
}

const records = readRecords();

describe('initcalls are those the kernel calls under initcall_debug, in that order', () => {
  for (const id of [...linuxIds, 'debian-13-cloud-arm64']) {
    const record = records[corpusFile(id)?.sha256 ?? ''];
    const what = record ? record.release : 'not recorded: run tools/oracle/kallsyms-qemu.ts --record';
    corpusTest(what, id, [], async (file) => {
      const tables = await tablesOf(file);
      const ours = [...names(tables.get('con_initcall')), ...names(tables.get('initcall'))];
      expect(ours.length).toBeGreaterThan(400);
      if (record) {
        expect(ours).toHaveLength(record.initcalls);
        expect(sha256(ours.join('\n'))).toBe(record.initcallsSha256);
      }
      const levels = new Set(tables.get('initcall')!.entries.map(({ level }) => level!.replace('s', '')));
      levels.delete('rootf');
      expect([...levels]).toEqual(['early', '0', '1', '2', '3', '4', '5', '6', '7']);
    });
  }
});

describe('x86 tables', () => {
  for (const id of linuxIds) {
    corpusTest('vendors', id, [], async (file) => {
      const table = (await tablesOf(file)).get('x86_cpu_dev');
      expect(fact(table, 'cpuid').slice(0, 3)).toEqual(['GenuineIntel', 'AuthenticAMD', 'HygonGenuine']);
      if (id === 'debian-11-686-pae') expect(fact(table, 'cpuid, or')).toContain('TransmetaCPU');
      else {
        const vendors = ['intel', 'amd', 'hygon', 'centaur', 'zhaoxin'];
        expect(names(table)).toEqual(vendors.map((vendor) => `${vendor}_cpu_dev`));
      }
    });

    corpusTest('boot parameters', id, [], async (file) => {
      const tables = await tablesOf(file);
      const parameters = fact(tables.get('setup'), 'parameter');
      for (const name of ['init=', 'console=', 'mem', 'earlyprintk', 'debug']) {
        expect(parameters).toContain(name);
      }
      const early = tables.get('setup')!.entries.find(({ facts }) => facts?.parameter === 'mem');
      expect(early).toMatchObject({ name: 'parse_memopt', facts: { early: 'yes' } });
      expect(fact(tables.get('param'), 'parameter')).toContain('initcall_debug');
    });
  }

  for (const id of linuxIds.filter((linux) => linux !== 'debian-11-686-pae')) {
    corpusTest('hypervisors', id, [], async (file) => {
      const table = (await tablesOf(file)).get('hypervisors');
      const order = ['xen_pv', 'xen_hvm', 'vmware', 'ms_hyperv', 'kvm'];
      expect(names(table)).toEqual(order.map((name) => `x86_hyper_${name}`));
      expect(fact(table, 'detect').at(-1)).toBe('kvm_detect');
      expect(fact(table, 'type')).toEqual(['3', '4', '1', '2', '5']);
    });

    corpusTest('APIC drivers', id, [], async (file) => {
      const drivers = names((await tablesOf(file)).get('apicdrivers'));
      expect(drivers).toContain('apic_x2apic_phys');
      expect(drivers).toContain('apic_physflat');
    });
  }

  corpusTest('IOMMUs', 'debian-11-cloud-amd64', [], async (file) => {
    const table = (await tablesOf(file)).get('iommu_table');
    expect(names(table)).toEqual([
      'pci_xen_swiotlb_detect',
      'pci_swiotlb_detect_4gb',
      'pci_swiotlb_detect_override',
      'detect_intel_iommu',
    ]);
    expect(fact(table, 'depend').slice(0, 3)).toEqual([
      undefined,
      'pci_swiotlb_detect_override',
      'pci_xen_swiotlb_detect',
    ]);
  });

  corpusTest('no IOMMU table after 5.x', 'debian-12-cloud-amd64', [], async (file) => {
    expect((await tablesOf(file)).has('iommu_table')).toBe(false);
  });
});

corpusTest('none of Xen, whose tables have other shapes', 'xen', [], async (file) => {
  expect([...(await tablesOf(file)).keys()]).toEqual([]);
});
