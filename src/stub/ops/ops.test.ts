import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { hasGcc, needsGcc, Workshop } from '../../../test/guest/gcc.js';
import { type GuestRun, runGuest } from '../../../test/guest/run.js';
import { bootModule, hypervisorType } from '../../abi/boot-information.js';
import { opCall, opDirectory, operationNames, opTable } from '../../abi/op-table.js';
import { Bytes } from '../../core/bytes.js';
import { ImageError } from '../../core/errors.js';
import { linkGuest } from '../link/link.js';

/** A guest with two tables, which prints through its operations and installs them at the directory RDX says, or its own. */
const guest = `
#include <zeropage/op-table.h>
static void xen_console_write(uint8_t byte) { zeropage_native_console_write('x'); zeropage_native_console_write(byte); }
ZEROPAGE_OP_TABLE(native, ZEROPAGE_BIT(ZEROPAGE_HYPERVISOR_TYPE_NONE) | ZEROPAGE_BIT(ZEROPAGE_HYPERVISOR_TYPE_KVM), ZEROPAGE_ALL_NATIVE);
ZEROPAGE_OP_TABLE(xen, ZEROPAGE_BIT(ZEROPAGE_HYPERVISOR_TYPE_XEN),
  .console_write = ZEROPAGE_OWN(xen_console_write), .halt = ZEROPAGE_NATIVE, .irq_enable = ZEROPAGE_NATIVE,
  .irq_disable = ZEROPAGE_NATIVE, .irq_save = ZEROPAGE_NATIVE, .irq_restore = ZEROPAGE_NATIVE, .cpuid = ZEROPAGE_NATIVE,
  .read_msr = ZEROPAGE_FORBIDDEN, .write_msr = ZEROPAGE_NATIVE, .read_cr3 = ZEROPAGE_NATIVE,
  .write_cr3 = ZEROPAGE_NATIVE, .flush_tlb_page = ZEROPAGE_NATIVE, .set_page_entry = ZEROPAGE_NATIVE,
  .read_time = ZEROPAGE_NATIVE OVERRIDE);
ZEROPAGE_OPERATIONS;

static void print(const char *text) { while (*text) zeropage_op_console_write(*text++); }
`;
const machineMain = `
__attribute__((noreturn)) void start(struct zeropage_boot_information *boot) {
  uint32_t registers[4];
  if (boot->data == 1) zeropage_op_console_write('-');
  int left = zeropage_install_operations(boot, &zeropage_op_directory);
  if (left >= 0) {
    uint64_t saved = zeropage_op_irq_save();
    print("ok ");
    zeropage_op_cpuid(0, 0, registers);
    for (int i = 0; i < 4; i++) zeropage_op_console_write(registers[1] >> (8 * i));
    if (boot->data == 2) zeropage_op_read_msr(0x1b);
    zeropage_op_set_page_entry(&boot->data, zeropage_op_read_cr3());
    zeropage_op_write_cr3(boot->data);
    zeropage_op_flush_tlb_page(0x1000);
    zeropage_op_irq_restore(saved);
    if (boot->data == 3) left = zeropage_install_operations(boot, &zeropage_op_directory);
  }
  for (;;) __asm__ volatile("hlt" : : "a"((long)left));
}
`;

/** What a newer hypervisor interface may look like: it keeps count in its own data and calls its own functions. */
const replacement = `
#include <zeropage/op-table.h>
static unsigned count = 5;
static unsigned zeroed;
__attribute__((noinline)) static void put(uint8_t byte) { __asm__ volatile("outb %0, %1" : : "a"(byte), "Nd"((uint16_t)0x3f8)); }
static void console_write(uint8_t byte) { put('m'); put('0' + count++ % 10 + zeroed); put(byte); }
EXTRA
ZEROPAGE_OP_TABLE(newer, MASK,
  .console_write = ZEROPAGE_OWN(console_write), .halt = ZEROPAGE_NATIVE, .irq_enable = ZEROPAGE_NATIVE,
  .irq_disable = ZEROPAGE_NATIVE, .irq_save = ZEROPAGE_NATIVE, .irq_restore = ZEROPAGE_NATIVE, .cpuid = ZEROPAGE_NATIVE,
  .read_msr = ZEROPAGE_NATIVE, .write_msr = ZEROPAGE_NATIVE, .read_cr3 = ZEROPAGE_NATIVE,
  .write_cr3 = ZEROPAGE_NATIVE, .flush_tlb_page = ZEROPAGE_NATIVE, .set_page_entry = ZEROPAGE_NATIVE, LAST);
ZEROPAGE_OP_MODULE(newer);
`;

const flags = ['-O2', '-ffreestanding', '-mno-red-zone', '-mgeneral-regs-only', '-fno-stack-protector'];
const MODULE_AT = 0x600000;

describe.skipIf(!hasGcc)(`op tables of a guest in C ${needsGcc}`, () => {
  const workshop = new Workshop();
  let image: Uint8Array;
  let module: Uint8Array;

  function build(override = ''): Uint8Array {
    workshop.build(
      'gcc',
      ...flags,
      '-fno-pic',
      '-static',
      '-nostdlib',
      '-Wl,--build-id=none,-e,start,-Ttext=0x200000',
      `-DOVERRIDE=${override}`,
      workshop.write('guest.c', guest + machineMain),
      workshop.write('runtime.S', '#include <zeropage/runtime.S>\n'),
      '-o',
      workshop.path('guest'),
    );
    return readFileSync(workshop.path('guest'));
  }

  function buildModule(
    mask: string,
    extra = '',
    last = '.read_time = ZEROPAGE_NATIVE',
    ...more: string[]
  ): Uint8Array {
    workshop.build(
      'gcc',
      ...flags,
      '-fpic',
      '-fvisibility=hidden',
      '-shared',
      '-nostdlib',
      `-DMASK=${mask}`,
      `-DEXTRA=${extra}`,
      `-DLAST=${last}`,
      workshop.write('module.c', replacement),
      ...more,
      '-o',
      workshop.path('module'),
    );
    return readFileSync(workshop.path('module'));
  }

  beforeAll(() => {
    const linked = linkGuest(build());
    expect(linked.problems).toEqual([]);
    image = linked.image!;
    module = linkGuest(buildModule('ZEROPAGE_BIT(ZEROPAGE_HYPERVISOR_TYPE_KVM)')).image!;
  });

  function run(
    hypervisor: keyof typeof hypervisorType,
    { data = 0n, modules = [] }: { data?: bigint; modules?: readonly Uint8Array[] } = {},
  ): GuestRun {
    return runGuest(
      image,
      { hypervisor: hypervisorType[hypervisor], data },
      {
        prepare: ({ memory }) => {
          let at = MODULE_AT;
          modules.forEach((bytes, index) => {
            memory.ram(at, bytes.length).set(bytes);
            bootModule.write(memory.guestView, 0x9000 + index * bootModule.size, {
              paddr: BigInt(at),
              size: BigInt(bytes.length),
            });
            // The next one lies directly behind it.
            at += bytes.length;
          });
          return { modules: 0x9000n, modules_count: modules.length };
        },
      },
    );
  }

  /** First byte of every call site. */
  function sites({ read }: GuestRun): number[] {
    const directory = linkGuest(image).operations!.address!;
    const { calls, call_count } = opDirectory.read(new Bytes(read(directory, opDirectory.size)));
    return Array.from({ length: call_count }, (_, i) => {
      const { address } = opCall.read(new Bytes(read(calls + BigInt(i * opCall.size), opCall.size)));
      return read(address, 1)[0]!;
    });
  }

  test('what is linked says whose each operation is', () => {
    const { operations } = linkGuest(image);
    expect(operations!.tables.map(({ name }) => name).sort()).toEqual(['native', 'xen']);
    const xen = operations!.tables.find(({ name }) => name === 'xen')!;
    expect(operationNames.map((name) => xen.operations[name]!.kind)).toEqual(
      operationNames.map((name) =>
        name === 'console_write' ? 'own' : name === 'read_msr' ? 'forbidden' : 'native',
      ),
    );
    expect(operations!.calls.get('console_write')).toBe(3);
    expect(linkGuest(image).image).toEqual(image);
  });

  test('native: call sites become direct calls', () => {
    const ran = run('none');
    expect(ran.console).toMatch(/^ok (Auth|Genu)$/);
    expect(ran.result).toBe(0n);
    expect(new Set(sites(ran))).toEqual(new Set([0xe8]));
    const { hypervisors } = opTable.read(new Bytes(ran.read(ran.boot.operations, opTable.size)));
    expect(hypervisors).toBe(0b101);
  });

  test('Xen: its own table', () => {
    expect(run('xen').console).toMatch(/^xoxkx x(Ax|Gx)/);
  });

  test('calls before the installation are native', () => {
    expect(run('xen', { data: 1n }).console).toMatch(/^-xoxkx /);
  });

  test('a forbidden operation traps', () => {
    expect(() => run('xen', { data: 2n })).toThrow('shutdown');
    expect(run('none', { data: 2n }).result).toBe(0n);
  });

  test('a second installation changes the same sites again', () => {
    const ran = run('none', { data: 3n });
    expect(ran.result).toBe(0n);
    expect(new Set(sites(ran))).toEqual(new Set([0xe8]));
  });

  test('a hypervisor without a table is an error, and nothing is changed', () => {
    for (const type of ['bhyve', 'other'] as const) {
      const ran = run(type);
      expect(ran.result).toBe(-2n);
      expect(new Set(sites(ran))).toEqual(new Set([0xff]));
      expect(ran.boot.operations).toBe(0n);
    }
    expect(runGuest(image, { hypervisor: 32 }).result).toBe(-2n);
  });

  test('an image that was not linked is an error', () => {
    expect(runGuest(build()).result).toBe(-1n);
  });

  describe('a boot module', () => {
    test('replaces the table of an old guest', () => {
      const ran = run('kvm', { modules: [new Uint8Array(100), module] });
      expect(ran.console.slice(0, 9)).toBe('m5om6km7 ');
      expect(ran.result).toBe(0n);
      expect(Number(ran.boot.operations)).toBeGreaterThan(MODULE_AT);
    });

    test('for another hypervisor is passed over', () => {
      expect(run('none', { modules: [module] }).console).toMatch(/^ok /);
    });

    test('brings an interface the guest knew nothing of', () => {
      const newer = linkGuest(buildModule('ZEROPAGE_BIT(ZEROPAGE_HYPERVISOR_TYPE_BHYVE)')).image!;
      expect(run('bhyve', { modules: [newer] }).console).toMatch(/^m5om6k/);
    });

    test('is an ELF file to others too, and linking it again changes nothing', () => {
      const { stdout, stderr } = spawnSync('readelf', ['-lnW', workshop.write('linked.module', module)], {
        encoding: 'utf8',
      });
      expect(stderr).toBe('');
      expect(stdout).toMatch(/Zeropage\s+0x00000010/);
      expect(linkGuest(module).image).toEqual(module);
    });

    test('that is broken is refused', () => {
      const note = Buffer.from(module).indexOf('Zeropage\0', 0, 'latin1');
      const table = Buffer.from(module).indexOf('zPOT');
      const edited = (at: number, ...bytes: number[]): Uint8Array => {
        const copy = module.slice();
        copy.set(bytes, at);
        return copy;
      };
      const broken: Record<string, Uint8Array> = {
        'not linked': buildModule('ZEROPAGE_BIT(ZEROPAGE_HYPERVISOR_TYPE_KVM)'),
        'cut off': module.slice(0, module.length - 1),
        'version of the note': edited(note + 12, 2),
        'table before the module': edited(note + 20, 0, 0, 0, 0, 0, 0, 0, 0x80),
        'table behind the module': edited(note + 20, 0, 0, 0, 0x7f),
        'table across the end': edited(note + 20, ...offset64(module.length - 100 - (note + 20))),
        'magic of the table': edited(table, 0),
        'version of the table': edited(table + 4, 9),
        'number of operations': edited(table + 12, 13),
        'place of the table': edited(table + 16, 1),
        'function outside the module': edited(table + 32, 0xff, 0xff, 0xff, 0xff),
      };
      for (const [what, bytes] of Object.entries(broken)) {
        const ran = run('kvm', { modules: [bytes] });
        expect([what, ran.result]).toEqual([what, -4n]);
        expect(new Set(sites(ran))).toEqual(new Set([0xff]));
      }
      expect(run('kvm', { modules: [edited(table + 40, 0)] }).result).toBe(-3n);
    });

    test('that says it is something else is none', () => {
      for (const at of [0, 4, 16, 18, 54, 56]) {
        const copy = module.slice();
        copy[at] = 0;
        expect(run('kvm', { modules: [copy] }).console).toMatch(/^ok /);
      }
      expect(run('kvm', { modules: [module.slice(0, 70)] }).console).toMatch(/^ok /);
      expect(run('kvm', { modules: [new Uint8Array(0)] }).console).toMatch(/^ok /);
    });

    test('must be one that can run where it is put', () => {
      const kvm = 'ZEROPAGE_BIT(ZEROPAGE_HYPERVISOR_TYPE_KVM)';
      expect(() => linkGuest(buildModule(kvm, 'unsigned *pointer = &count;'))).toThrow(
        /holds an address at 0x[0-9a-f]+, which only its op table may/,
      );
      expect(() =>
        linkGuest(
          buildModule(
            kvm,
            'extern __attribute__((visibility("default"))) int outside(void); int f(void) { return outside(); }',
          ),
        ),
      ).toThrow('needs a dynamic linker');
      expect(() => linkGuest(buildModule(kvm, '', '.read_time = ZEROPAGE_NATIVE_IS(console_write)'))).toThrow(
        'brings its own function for native read_time',
      );
      expect(linkGuest(buildModule(kvm, '', '.read_time = {0,0,0}')).problems).toEqual([
        "op table 'newer' says nothing about read_time",
      ]);
      expect(linkGuest(buildModule('0')).problems).toEqual(["op table 'newer' is for no hypervisor"]);
    });
  });

  test.each<[string, string, string[]]>([
    [
      'an operation is missing',
      ', .halt = {0, 0, 0}, .cpuid = {0, 0, 0}',
      ["op table 'xen' says nothing about halt, cpuid"],
    ],
    [
      'two tables are for the same hypervisor',
      ', .hypervisors = 6',
      ["hypervisor kvm has two op tables: 'native' and 'xen'"],
    ],
    [
      'native is two things',
      ', .halt = ZEROPAGE_NATIVE_IS(xen_console_write)',
      ["op tables 'native' and 'xen' have different functions for native halt"],
    ],
  ])('is refused where %s', (_, override, problems) => {
    const { image: none, problems: found } = linkGuest(buildOverridden(override));
    expect(none).toBeUndefined();
    expect(found.map((text) => text.replace('.zeropage.op_tables: ', ''))).toEqual(problems);
  });

  /** gcc warns of what overrides an initialiser, and that is what is wanted here. */
  function buildOverridden(override: string): Uint8Array {
    const source = guest.replace('OVERRIDE', override);
    workshop.build(
      'gcc',
      ...flags,
      '-fno-pic',
      '-static',
      '-nostdlib',
      '-Wno-override-init',
      '-Wl,--build-id=none,-e,start',
      workshop.write('wrong.c', source + machineMain),
      workshop.write('runtime.S', '#include <zeropage/runtime.S>\n'),
      '-o',
      workshop.path('wrong'),
    );
    return readFileSync(workshop.path('wrong'));
  }

  test('call sites that are none, and records that are broken, are refused', () => {
    for (const input of [image, module]) {
      for (let at = 0; at < input.length; at += 29) {
        for (const edited of [input.slice(0, at), input.map((byte, i) => (i === at ? byte ^ 0xff : byte))]) {
          try {
            linkGuest(edited);
          } catch (error) {
            if (!(error instanceof ImageError)) throw error;
          }
        }
      }
    }
  });

  test('the host processor does the same, also where a module is too far away for direct calls', () => {
    const program = `${guest.replace('OVERRIDE', '')}
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
extern char __executable_start, etext;
static char text[64];
static void record(uint8_t byte) { text[strlen(text)] = byte; }
ZEROPAGE_OP_TABLE(recording, ZEROPAGE_BIT(ZEROPAGE_HYPERVISOR_TYPE_VMWARE), .console_write = ZEROPAGE_OWN(record),
  .halt = ZEROPAGE_NATIVE, .irq_enable = ZEROPAGE_NATIVE, .irq_disable = ZEROPAGE_NATIVE, .irq_save = ZEROPAGE_NATIVE,
  .irq_restore = ZEROPAGE_NATIVE, .cpuid = ZEROPAGE_NATIVE, .read_msr = ZEROPAGE_FORBIDDEN, .write_msr = ZEROPAGE_FORBIDDEN,
  .read_cr3 = ZEROPAGE_FORBIDDEN, .write_cr3 = ZEROPAGE_FORBIDDEN, .flush_tlb_page = ZEROPAGE_FORBIDDEN,
  .set_page_entry = ZEROPAGE_NATIVE, .read_time = ZEROPAGE_NATIVE);
int main(int argc, char **argv) {
  struct zeropage_boot_information boot;
  struct zeropage_boot_module module = {0, 0, 0, 0};
  memset(&boot, 0, sizeof boot);
  boot.hypervisor = ZEROPAGE_HYPERVISOR_TYPE_VMWARE;
  mprotect(&__executable_start, ((&etext - &__executable_start) | 4095) + 1, PROT_READ | PROT_WRITE | PROT_EXEC);
  if (argc > 1) {
    FILE *file = fopen(argv[1], "rb");
    void *memory = mmap((void *)0x500000000, 1 << 20, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    module.paddr = (uint64_t)memory;
    module.size = fread(memory, 1, 1 << 20, file);
    boot.modules = (uint64_t)&module;
    boot.modules_count = 1;
  }
  printf("%d\\n", zeropage_install_operations(&boot, &zeropage_op_directory));
  uint64_t entry = 0;
  uint32_t registers[4];
  zeropage_op_set_page_entry(&entry, 42);
  zeropage_op_cpuid(0x80000000, 0, registers);
  if (argc == 1) print("hello");
  printf("%s %d %d %d\\n", text, (int)entry, registers[0] > 0x80000000, zeropage_op_read_time() < zeropage_op_read_time());
  return 0;
}`;
    workshop.build(
      'gcc',
      '-O1',
      '-mno-red-zone',
      '-no-pie',
      '-fno-pic',
      workshop.write('host.c', program),
      workshop.write('runtime.S', '#include <zeropage/runtime.S>\n'),
      '-o',
      workshop.path('host'),
    );
    const { image: linked, problems } = linkGuest(readFileSync(workshop.path('host')));
    expect(problems).toEqual([]);
    workshop.write('host', linked!);
    expect(workshop.run('host')).toBe('0\nhello 42 1 1\n');
    const far = linkGuest(
      buildModule(
        'ZEROPAGE_BIT(ZEROPAGE_HYPERVISOR_TYPE_VMWARE)',
        'static uint64_t own_time(void) { static uint64_t time; return ++time; }',
        '.read_time = ZEROPAGE_OWN(own_time)',
      ),
    );
    const path = workshop.write('far.module', far.image!);
    // Of the calls only those of operations the module has itself.
    const { calls } = linkGuest(linked!).operations!;
    expect(workshop.run('host', path)).toBe(
      `${calls.get('console_write')! + calls.get('read_time')!}\n 42 1 1\n`,
    );
  });
});

const offset64 = (value: number): number[] => [...new Uint8Array(new BigInt64Array([BigInt(value)]).buffer)];
