import { bootInformation } from '../../abi/boot-information.js';
import {
  INIT_TABLE_MAGIC,
  INIT_TABLE_VERSION,
  initEntry,
  initError,
  initFlag,
  initStage,
  initTable,
  initTableFlag,
} from '../../abi/init-entry.js';
import {
  INIT_LOG_MAGIC,
  initLog,
  initLogFlag,
  initLogRecord,
  initStatus,
  NO_BLOCKER,
} from '../../abi/init-log.js';
import type { Assembler } from '../assembler/assembler.js';
import * as o from '../assembler/operands.js';
import { byte, dword, imm, qword, word } from '../assembler/operands.js';
import { at } from './fields.js';

const STAGES = Object.keys(initStage).length;
/** Values of an axis that have a bit in a mask. */
const MASK_BITS = 32;

/** Locals, from RSP. */
const index = dword(o.RSP, 0);
const missing = dword(o.RSP, 4);
const log = qword(o.RSP, 8);
const FRAME = 24;

/** What lives in a register through the whole walk; all of them are kept by the functions that are called. */
const boot = (name: keyof typeof bootInformation.fields) => at(bootInformation, o.R12, name);
const stage = o.R13;
/** What the image is off from where it was linked. */
const delta = o.R14;
const table = (name: keyof typeof initTable.fields) => at(initTable, o.R15, name);
const entry = (name: Exclude<keyof typeof initEntry.fields, 'dependencies'>) => at(initEntry, o.RBX, name);
const record = (name: keyof typeof initLogRecord.fields) => at(initLogRecord, o.RBP, name);
const logField = (name: keyof typeof initLog.fields) => at(initLog, o.RAX, name);
const saved = [o.RBX, o.RBP, o.R12, o.R13, o.R14, o.R15];

/**
 * Part `run_init_tables`, a function of the System V ABI: RDI = boot_information, ESI = stage. Walks the init tables as
 * docs/init-tables.md says and returns in EAX how many required initialisers are not in force, or an INIT_ERROR_xxx. Needs no
 * data of its own and runs wherever it lies.
 */
export function writeInitWalker(a: Assembler): void {
  const { code: c } = a;
  const places = {
    next: a.local('next'),
    decide: a.local('decide'),
    inForce: a.local('in_force'),
    checked: a.local('checked'),
    refuse: a.local('refuse'),
    store: a.local('store'),
    counted: a.local('counted'),
    end: a.local('end'),
    leave: a.local('leave'),
  };
  a.part('run_init_tables', () => {
    for (const register of saved) c.push(register);
    c.sub(o.RSP, imm(FRAME));
    c.mov(o.R12, o.RDI);
    c.mov(o.R13D, o.ESI);
    checkTable(a, places.leave);

    c.mov(index, imm(0));
    c.mov(missing, imm(0));
    a.at(places.next);
    c.mov(o.EAX, index);
    c.cmp(o.EAX, table('count'));
    c.jae(places.end);
    c.movzx(o.EAX, record('verdict'));
    c.cmp(o.AL, imm(initStatus.pending));
    c.je(places.decide);
    c.cmp(o.AL, imm(initStatus.ran));
    c.jne(places.store);
    checkDependencies(a, places.refuse);
    c.jmp(places.inForce);

    a.at(places.decide);
    c.mov(record('blocker'), imm(NO_BLOCKER));
    checkPlace(a, places.refuse);
    checkGroup(a, places.refuse);
    checkDependencies(a, places.refuse);
    detect(a, places.refuse);

    a.at(places.inForce);
    c.mov(o.RCX, qword(o.RBX, initEntry.fields.early.offset, stage, 8));
    c.mov(o.EAX, imm(initStatus['no-callback']));
    c.test(o.RCX, o.RCX);
    c.je(places.store);
    c.add(o.RCX, delta);
    c.mov(o.RDI, o.R12);
    c.call(o.RCX);
    c.mov(dword(o.RBP, initLogRecord.fields.early_result.offset, stage, 4), o.EAX);
    c.test(o.EAX, o.EAX);
    c.mov(o.EAX, imm(initStatus.ran));
    c.je(places.store);
    c.mov(record('verdict'), imm(initStatus.failed));
    c.jmp(places.store);

    // AL: why it does not run, now and in later stages.
    a.at(places.refuse);
    c.mov(record('verdict'), o.AL);
    a.at(places.store);
    c.mov(byte(o.RBP, initLogRecord.fields.early.offset, stage, 1), o.AL);
    c.test(record('flags'), imm(initLogFlag.required));
    c.je(places.counted);
    c.cmp(record('verdict'), imm(initStatus.ran));
    c.je(places.counted);
    c.inc(missing);
    a.at(places.counted);
    c.inc(index);
    c.add(o.RBX, imm(initEntry.size));
    c.add(o.RBP, imm(initLogRecord.size));
    c.jmp(places.next);

    a.at(places.end);
    c.mov(o.RAX, log);
    c.inc(logField('next_stage'));
    c.mov(o.ECX, missing);
    c.mov(logField('missing'), o.ECX);
    c.mov(o.EAX, o.ECX);
    a.at(places.leave);
    c.add(o.RSP, imm(FRAME));
    for (const register of saved.toReversed()) c.pop(register);
    c.ret();
  });
}

/** Finds table and log, and sets RBX and RBP to the first entry and record. */
function checkTable({ code: c }: Assembler, leave: o.Label): void {
  c.mov(o.R15, boot('init_tables'));
  c.mov(o.EAX, imm(initError['no-table']));
  c.test(o.R15, o.R15);
  c.je(leave);
  c.mov(o.EAX, imm(initError['bad-table']));
  c.cmp(table('magic'), imm(INIT_TABLE_MAGIC));
  c.jne(leave);
  c.cmp(table('version'), imm(INIT_TABLE_VERSION));
  c.jne(leave);
  c.test(table('flags'), imm(initTableFlag.linked));
  c.je(leave);
  c.cmp(table('entry_size'), imm(initEntry.size));
  c.jne(leave);
  c.mov(delta, o.R15);
  c.sub(delta, table('self'));
  c.mov(o.RBX, table('entries'));
  c.add(o.RBX, delta);
  c.mov(o.RCX, table('log'));
  c.add(o.RCX, delta);
  const logAt = (name: keyof typeof initLog.fields) => at(initLog, o.RCX, name);
  c.cmp(logAt('magic'), imm(INIT_LOG_MAGIC));
  c.jne(leave);
  c.cmp(logAt('record_size'), imm(initLogRecord.size));
  c.jne(leave);
  c.mov(o.EDX, table('count'));
  c.cmp(logAt('count'), o.EDX);
  c.jne(leave);
  c.mov(o.EAX, imm(initError['wrong-stage']));
  c.cmp(o.R13D, imm(STAGES));
  c.jae(leave);
  c.cmp(logAt('next_stage'), o.R13D);
  c.jne(leave);
  c.mov(log, o.RCX);
  c.mov(boot('init_log'), o.RCX);
  c.mov(o.RBP, logAt('records'));
  c.add(o.RBP, delta);
}

/** Applies forbid, support and require: EAX is the reason against it; the record says whether it is required. */
function checkPlace(a: Assembler, refuse: o.Label): void {
  const { code: c } = a;
  const required = a.local('required');
  const optional = a.local('optional');
  bitOf(a, o.ESI, boot('hypervisor'));
  bitOf(a, o.EDI, boot('hardware_subarch'));
  const axes = [
    [o.ESI, 'hypervisors'],
    [o.EDI, 'subarchs'],
  ] as const;
  c.mov(o.EAX, imm(initStatus.forbidden));
  for (const [bit, axis] of axes) {
    c.test(entry(`forbid_${axis}`), bit);
    c.jne(refuse);
  }
  c.mov(o.EAX, imm(initStatus.unsupported));
  for (const [bit, axis] of axes) {
    c.mov(o.ECX, entry(`require_${axis}`));
    c.or(o.ECX, entry(`support_${axis}`));
    c.test(o.ECX, bit);
    c.je(refuse);
  }
  for (const [bit, axis] of axes) {
    c.test(entry(`require_${axis}`), bit);
    c.jne(required);
  }
  c.jmp(optional);
  a.at(required);
  c.or(record('flags'), imm(initLogFlag.required));
  a.at(optional);
}

/** The mask for a value: 0 where masks have no bit for it. Changes ECX. */
function bitOf(a: Assembler, register: number, value: o.Memory): void {
  const { code: c } = a;
  const none = a.local('no_bit');
  c.xor(register, register);
  c.mov(o.ECX, value);
  c.cmp(o.ECX, imm(MASK_BITS));
  c.jae(none);
  c.bts(register, o.ECX);
  a.at(none);
}

/** Looks for an earlier entry of the same group that ended the search. */
function checkGroup(a: Assembler, refuse: o.Label): void {
  const { code: c } = a;
  const next = a.local('group_next');
  const other = a.local('group_other');
  const passed = a.local('group_passed');
  c.mov(o.ECX, entry('group_index'));
  c.test(o.ECX, o.ECX);
  c.je(passed);
  c.mov(o.RDI, table('entries'));
  c.add(o.RDI, delta);
  records(a, o.RSI);
  c.xor(o.EDX, o.EDX);
  a.at(next);
  c.cmp(o.EDX, index);
  c.jae(passed);
  c.cmp(at(initEntry, o.RDI, 'group_index'), o.ECX);
  c.jne(other);
  c.mov(o.EAX, imm(initStatus.finished));
  c.mov(record('blocker'), o.DX);
  c.test(at(initLogRecord, o.RSI, 'flags'), imm(initLogFlag.finisher));
  c.jne(refuse);
  c.mov(record('blocker'), imm(NO_BLOCKER));
  a.at(other);
  c.inc(o.EDX);
  c.add(o.RDI, imm(initEntry.size));
  c.add(o.RSI, imm(initLogRecord.size));
  c.jmp(next);
  a.at(passed);
}

/** Looks whether all dependencies are in force. */
function checkDependencies(a: Assembler, refuse: o.Label): void {
  const { code: c } = a;
  const next = a.local('dependency_next');
  const absent = a.local('dependency_absent');
  const passed = a.local('dependencies_passed');
  records(a, o.RSI);
  c.xor(o.ECX, o.ECX);
  a.at(next);
  c.cmp(o.ECX, entry('dependency_count'));
  c.jae(passed);
  c.movzx(o.EDX, word(o.RBX, initEntry.fields.dependencies.offset, o.RCX, 2));
  c.inc(o.ECX);
  // What comes later, or lies outside the table, cannot have run.
  c.cmp(o.EDX, index);
  c.jae(absent);
  c.imul(o.EAX, o.EDX, imm(initLogRecord.size));
  c.cmp(byte(o.RSI, initLogRecord.fields.verdict.offset, o.RAX, 1), imm(initStatus.ran));
  c.je(next);
  a.at(absent);
  c.mov(record('blocker'), o.DX);
  c.mov(o.EAX, imm(initStatus['dependency-missing']));
  c.jmp(refuse);
  a.at(passed);
}

/** Asks detect, where there is one; from then on the initialiser is in force. */
function detect(a: Assembler, refuse: o.Label): void {
  const { code: c } = a;
  const found = a.local('found');
  const passed = a.local('no_finisher');
  c.mov(o.RCX, entry('detect'));
  c.test(o.RCX, o.RCX);
  c.je(found);
  c.add(o.RCX, delta);
  c.mov(o.RDI, o.R12);
  c.call(o.RCX);
  c.mov(record('detect_result'), o.EAX);
  c.test(o.EAX, o.EAX);
  c.mov(o.EAX, imm(initStatus['not-detected']));
  c.jle(refuse);
  a.at(found);
  c.mov(record('verdict'), imm(initStatus.ran));
  c.test(entry('flags'), imm(initFlag['finish-if-detected']));
  c.je(passed);
  c.or(record('flags'), imm(initLogFlag.finisher));
  a.at(passed);
}

/** The first record of the log. Changes RAX. */
function records({ code: c }: Assembler, register: number): void {
  c.mov(o.RAX, log);
  c.mov(register, logField('records'));
  c.add(register, delta);
}
