import { describe, expect, test } from 'vitest';
import { hasGcc, needsGcc, Workshop } from '../guest/gcc.js';
import { zeropage } from './command.js';

const source = `
#include <zeropage/op-table.h>
#ifdef __ASSEMBLER__
.text
.globl main
main: ZEROPAGE_CALL ZEROPAGE_OPERATION_READ_TIME
mov $0, %eax
ret
.section .note.GNU-stack,"",@progbits
#else
void xen_console_write(uint8_t byte) { (void)byte; }
ZEROPAGE_OP_TABLE(bare, ZEROPAGE_BIT(ZEROPAGE_HYPERVISOR_TYPE_NONE), ZEROPAGE_ALL_NATIVE);
ZEROPAGE_OP_TABLE(xen, ZEROPAGE_BIT(ZEROPAGE_HYPERVISOR_TYPE_XEN),
  .console_write = ZEROPAGE_OWN(xen_console_write), .halt = ZEROPAGE_NATIVE, .irq_enable = ZEROPAGE_NATIVE,
  .irq_disable = ZEROPAGE_NATIVE, .irq_save = ZEROPAGE_NATIVE, .irq_restore = ZEROPAGE_NATIVE, .cpuid = ZEROPAGE_NATIVE,
  .read_msr = ZEROPAGE_FORBIDDEN, .write_msr = ZEROPAGE_NATIVE, .read_cr3 = ZEROPAGE_NATIVE, .write_cr3 = ZEROPAGE_NATIVE
#ifdef ALL
  , .flush_tlb_page = ZEROPAGE_NATIVE, .set_page_entry = ZEROPAGE_NATIVE, .read_time = ZEROPAGE_NATIVE
#endif
);
ZEROPAGE_OPERATIONS;
#endif
`;

describe.skipIf(!hasGcc)(`zeropage ops ${needsGcc}`, () => {
  const workshop = new Workshop();
  const build = (name: string, ...flags: string[]): string => {
    workshop.build(
      'gcc',
      '-no-pie',
      '-fno-pic',
      '-mno-red-zone',
      ...flags,
      workshop.write('ops.c', source),
      workshop.write('main.S', source),
      workshop.write('runtime.S', '#include <zeropage/runtime.S>\n'),
      '-o',
      workshop.path(name),
    );
    return workshop.path(name);
  };

  test('prints which operation is whose', () => {
    const { code, stdout, stderr } = zeropage(['ops', build('guest', '-DALL')]);
    expect(stderr).toBe('');
    expect(code).toBe(0);
    const rows = stdout.split('\n').map((line) => line.trim().split(/ {2,}/));
    expect(rows).toContainEqual(['operation', 'bare', 'xen', 'native is', 'calls']);
    expect(rows).toContainEqual([
      'console_write',
      'native',
      'xen_console_write',
      'zeropage_native_console_write',
      '0',
    ]);
    expect(rows).toContainEqual(['read_msr', 'native', 'forbidden', 'zeropage_native_read_msr', '0']);
    expect(rows).toContainEqual(['read_time', 'native', 'native', 'zeropage_native_read_time', '1']);
  });

  test('lists what is missing', () => {
    const { code, stdout, stderr } = zeropage(['ops', build('lacking')]);
    expect(code).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).toBe(
      "zeropage: lacking: .zeropage.op_tables: op table 'xen' says nothing about flush_tlb_page, set_page_entry, read_time\n",
    );
  });
});
