import { bootEntry, guestType, hypervisorType } from '../../abi/boot-information.js';
import type { Assembler } from '../assembler/assembler.js';
import * as o from '../assembler/operands.js';
import { dword, imm, label, mem, qword } from '../assembler/operands.js';
import { BOOT_INFORMATION, boot, ENTRY_STATE } from '../common/fields.js';
import type { StubId } from '../entries/entry-stub.js';
import { type Check, comparisons, sources } from './check.js';

/** Record of a check in the image. */
const record = {
  name: 0,
  /** Function to call; 0 for a comparison. */
  routine: 8,
  mask: 16,
  value: 24,
  source: 32,
  comparison: 36,
  offset: 40,
  size: 44,
  length: 48,
} as const;

/** Text that the guest prints when every check holds: what the host waits for. */
export const conformanceMarker = '# conformance: every claim holds';

/**
 * Label `payload` and the tables of checks: runs those of the entry that was used, prints KTAP
 * (https://docs.kernel.org/dev-tools/ktap.html), then switches off through `power_off`.
 */
export function writeRunner(a: Assembler, checks: Partial<Record<StubId, readonly Check[]>>): void {
  const { code: c } = a;
  const text = (name: string): void => {
    c.lea(o.RSI, mem(label(name)));
    c.call(label('put_text'));
  };
  a.part('payload', () => {
    const [next, end, fail, skip, judged, byRoutine, compare, load] = [
      'next',
      'end',
      'fail',
      'skip',
      'judged',
      'by_routine',
      'compare',
      'load',
    ].map((name) => a.local(name)) as [
      o.Label,
      o.Label,
      o.Label,
      o.Label,
      o.Label,
      o.Label,
      o.Label,
      o.Label,
    ];
    text('text_version');
    printName(a, 'text_entry', 'entry', 'entry_names');
    printName(a, 'text_hypervisor', 'hypervisor', 'hypervisor_names');
    printName(a, 'text_guest', 'guest', 'guest_names');
    text('text_new_line');
    text('text_plan');
    c.mov(o.EAX, boot('entry'));
    c.shl(o.EAX, imm(4));
    c.lea(o.RCX, mem(label('check_tables')));
    c.mov(o.R12, qword(o.RCX, 0, o.RAX));
    c.mov(o.R13, qword(o.RCX, 8, o.RAX));
    c.mov(o.EAX, o.R13D);
    c.call(label('put_decimal'));
    text('text_new_line');
    // R13: checks left; R14: number of this one; R15: how many failed; EBP: skipped.
    c.mov(o.R14D, imm(0));
    c.xor(o.R15D, o.R15D);
    c.xor(o.EBP, o.EBP);

    a.at(next);
    c.test(o.R13, o.R13);
    c.je(end);
    c.dec(o.R13);
    c.inc(o.R14D);
    c.mov(o.RAX, qword(o.R12, record.routine));
    c.test(o.RAX, o.RAX);
    c.jne(byRoutine);
    c.mov(o.EAX, dword(o.R12, record.source));
    c.lea(o.RCX, mem(ENTRY_STATE));
    c.lea(o.RDX, mem(BOOT_INFORMATION));
    c.cmp(o.EAX, imm(sources.boot));
    c.je(load);
    c.mov(o.RDX, boot('data'));
    c.cmp(o.EAX, imm(sources.data));
    c.je(load);
    c.lea(o.RDX, mem(label('efi_probe_found')));
    c.cmp(o.EAX, imm(sources.probe));
    c.je(load);
    c.mov(o.RDX, o.RCX);
    a.at(load);
    c.mov(o.ECX, dword(o.R12, record.offset));
    c.add(o.RDX, o.RCX);
    // 1, 2, 4 or 8 bytes.
    c.mov(o.ECX, dword(o.R12, record.size));
    c.cmp(o.ECX, imm(8));
    const [not8, not4, not2] = [a.local('not8'), a.local('not4'), a.local('not2')];
    c.jne(not8);
    c.mov(o.RAX, qword(o.RDX));
    c.jmp(compare);
    a.at(not8);
    c.cmp(o.ECX, imm(4));
    c.jne(not4);
    c.mov(o.EAX, dword(o.RDX));
    c.jmp(compare);
    a.at(not4);
    c.cmp(o.ECX, imm(2));
    c.jne(not2);
    c.movzx(o.EAX, o.word(o.RDX));
    c.jmp(compare);
    a.at(not2);
    c.movzx(o.EAX, o.byte(o.RDX));
    a.at(compare);
    c.mov(o.RDX, o.RAX);
    c.mov(o.RBX, o.RAX);
    c.and(o.RDX, qword(o.R12, record.mask));
    c.mov(o.RCX, qword(o.R12, record.value));
    c.mov(o.EDI, dword(o.R12, record.comparison));
    c.xor(o.EAX, o.EAX);
    c.cmp(o.RDX, o.RCX);
    for (const [name, condition] of [
      ['equal', 'sete'],
      ['different', 'setne'],
      ['below', 'setb'],
      ['at-least', 'setae'],
    ] as const) {
      const other = a.local('other');
      // LEA and JMP keep the flags of the one comparison; JRCXZ tests without touching them.
      c.lea(o.ECX, mem(o.RDI, -comparisons[name]));
      const match = a.local('match');
      c.jecxz(match);
      c.jmp(other);
      a.at(match);
      c[condition](o.AL);
      c.jmp(judged);
      a.at(other);
    }
    c.jmp(judged);
    a.at(byRoutine);
    c.call(o.RAX);
    c.mov(o.RBX, o.RDX);
    a.at(judged);
    c.test(o.EAX, o.EAX);
    c.je(fail);
    c.push(o.RAX);
    text('text_ok');
    printNumberAndName(a);
    c.pop(o.RAX);
    c.cmp(o.EAX, imm(2));
    c.je(skip);
    text('text_new_line');
    const advance = a.local('advance');
    a.at(advance);
    c.add(o.R12, imm(record.length));
    c.jmp(next);
    a.at(skip);
    c.inc(o.EBP);
    text('text_skip');
    c.jmp(advance);
    a.at(fail);
    c.inc(o.R15D);
    text('text_not_ok');
    printNumberAndName(a);
    text('text_found');
    c.mov(o.RAX, o.RBX);
    c.call(label('put_hex'));
    text('text_new_line');
    c.jmp(advance);

    a.at(end);
    text('text_totals');
    c.mov(o.EAX, o.R14D);
    c.sub(o.EAX, o.R15D);
    c.sub(o.EAX, o.EBP);
    c.call(label('put_decimal'));
    text('text_fail');
    c.mov(o.EAX, o.R15D);
    c.call(label('put_decimal'));
    text('text_skipped');
    c.mov(o.EAX, o.EBP);
    c.call(label('put_decimal'));
    text('text_error');
    const off = a.local('off');
    c.test(o.R15D, o.R15D);
    c.jne(off);
    // An entry without a single check conforms to nothing.
    c.test(o.R14D, o.R14D);
    c.je(off);
    text('text_conforms');
    a.at(off);
    c.call(label('flush_console'));
    c.jmp(label('power_off'));
  });

  for (const [name, value] of Object.entries({
    text_version: 'KTAP version 1\r\n',
    text_entry: '# entry ',
    text_hypervisor: ', hypervisor ',
    text_guest: ', guest ',
    text_new_line: '\r\n',
    text_plan: '1..',
    text_ok: 'ok ',
    text_not_ok: 'not ok ',
    text_space: ' ',
    text_skip: ' # SKIP does not apply\r\n',
    text_found: ' # found ',
    text_totals: '# Totals: pass:',
    text_fail: ' fail:',
    text_skipped: ' xfail:0 xpass:0 skip:',
    text_error: ' error:0\r\n',
    text_conforms: `${conformanceMarker}\r\n`,
  })) {
    a.label(name);
    a.text(value);
  }
  writeNames(a, 'entry_names', bootEntry);
  writeNames(a, 'hypervisor_names', hypervisorType);
  writeNames(a, 'guest_names', guestType);
  writeTables(a, checks);
}

function printName(
  a: Assembler,
  before: string,
  field: 'entry' | 'hypervisor' | 'guest',
  names: string,
): void {
  const { code: c } = a;
  c.lea(o.RSI, mem(label(before)));
  c.call(label('put_text'));
  c.mov(o.EAX, boot(field));
  c.lea(o.RCX, mem(label(names)));
  c.mov(o.RSI, qword(o.RCX, 0, o.RAX, 8));
  c.call(label('put_text'));
}

function printNumberAndName(a: Assembler): void {
  const { code: c } = a;
  c.mov(o.EAX, o.R14D);
  c.call(label('put_decimal'));
  c.lea(o.RSI, mem(label('text_space')));
  c.call(label('put_text'));
  c.mov(o.RSI, qword(o.R12, record.name));
  c.call(label('put_text'));
}

/** Names by number: an array of pointers to text. */
function writeNames(a: Assembler, name: string, values: Readonly<Record<string, number>>): void {
  a.align(8);
  a.label(name);
  const names = Object.entries(values).sort(([, x], [, y]) => x - y);
  for (const [text] of names) a.u64(label(`${name}.${text}`));
  for (const [text] of names) {
    a.label(`${name}.${text}`);
    a.text(text);
  }
}

function writeTables(a: Assembler, checks: Partial<Record<StubId, readonly Check[]>>): void {
  a.align(16);
  a.label('check_tables');
  const ids = Object.entries(bootEntry).sort(([, x], [, y]) => x - y) as [StubId, number][];
  for (const [id] of ids) {
    a.u64(checks[id] ? label(`checks_${id}`) : 0);
    a.u64(checks[id]?.length ?? 0);
  }
  const names = new Map<string, string>();
  for (const [id] of ids) {
    if (!checks[id]) continue;
    a.label(`checks_${id}`);
    for (const check of checks[id]) {
      if (!names.has(check.name)) names.set(check.name, `check_name_${names.size}`);
      a.u64(label(names.get(check.name)!));
      if ('routine' in check) {
        a.u64(label(check.routine));
        for (let at = record.mask; at < record.length; at += 8) a.u64(0);
        continue;
      }
      a.u64(0);
      a.u64(check.mask);
      a.u64(check.value);
      a.u32(sources[check.source]);
      a.u32(comparisons[check.comparison]);
      a.u32(check.offset);
      a.u32(check.size);
    }
  }
  for (const [name, at] of names) {
    a.label(at);
    a.text(name);
  }
}
