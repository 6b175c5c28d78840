import { describe, expect, test } from 'vitest';
import { hasGcc, needsGcc, Workshop } from '../guest/gcc.js';
import { zeropage } from './command.js';

const source = `
#include <zeropage/init-table.h>
#define XEN ZEROPAGE_BIT(ZEROPAGE_HYPERVISOR_TYPE_XEN)
static int yes(const struct zeropage_boot_information *boot) { (void)boot; return 1; }
static int nothing(const struct zeropage_boot_information *boot) { (void)boot; return 0; }
ZEROPAGE_INIT(console, 20, .depends = "hypercalls grants", .early = nothing,
              .require_hypervisors = XEN, .support_subarchs = ZEROPAGE_ALL);
ZEROPAGE_INIT(grants, 10, .depends = "hypercalls", .setup = nothing,
              .support_hypervisors = GRANTS, .support_subarchs = ZEROPAGE_ALL);
ZEROPAGE_INIT(hypercalls, 5, .group = "calls", .detect = yes, .early = nothing, .late = nothing,
              .flags = ZEROPAGE_INIT_FLAG_FINISH_IF_DETECTED,
              .support_hypervisors = ZEROPAGE_ALL, .support_subarchs = ZEROPAGE_ALL);
ZEROPAGE_INIT_TABLE;
int main(void) { return zeropage_init_table.count; }
`;

describe.skipIf(!hasGcc)(`zeropage link ${needsGcc}`, () => {
  const workshop = new Workshop();
  const build = (name: string, grants: string): string => {
    workshop.build(
      'gcc',
      '-no-pie',
      `-DGRANTS=${grants}`,
      workshop.write('g.c', source),
      '-o',
      workshop.path(name),
    );
    return workshop.path(name);
  };

  test('prints the order and writes an image that runs', () => {
    const { code, stdout, stderr } = zeropage([
      'link',
      build('good', 'ZEROPAGE_ALL'),
      '-o',
      workshop.path('linked'),
    ]);
    expect(stderr).toBe('');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Initialisers\s+3, in the order in which they run\n/);
    expect(stdout.match(/^ +\d+ +\S+/gm)?.map((line) => line.trim().split(/ +/))).toEqual([
      ['5', 'hypercalls'],
      ['10', 'grants'],
      ['20', 'console'],
    ]);
    expect(stdout).toMatch(/required on hypervisor xen; after hypercalls, grants$/m);
    expect(() => workshop.run('linked')).toThrow(expect.objectContaining({ status: 3 }));
  });

  test('names the chain and exits with 1 where declarations are wrong, and writes nothing', () => {
    const { code, stdout, stderr } = zeropage([
      'link',
      build('bad', 'ZEROPAGE_BIT(ZEROPAGE_HYPERVISOR_TYPE_KVM)'),
      '-o',
      workshop.path('none'),
    ]);
    expect(code).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).toBe(
      "zeropage: bad: .zeropage.init: 'console' is required on hypervisor xen, where 'grants' is unsupported: console → grants\n",
    );
    expect(() => workshop.run('none')).toThrow('ENOENT');
  });

  test('exits with 2 where there is nothing to link', () => {
    const { code, stderr } = zeropage(['link', '/bin/true']);
    expect(code).toBe(2);
    expect(stderr).toMatch('nothing is declared');
  });
});
