import {
  bootFramebuffer,
  bootInformation,
  bootMemoryRange,
  bootModule,
} from '../../src/abi/boot-information.js';
import { fieldSize } from '../../src/core/struct.js';
import type { Assembler } from '../../src/stub/assembler/assembler.js';
import * as o from '../../src/stub/assembler/operands.js';
import { imm, label, mem } from '../../src/stub/assembler/operands.js';
import { at, boot } from '../../src/stub/common/fields.js';
import { writePowerOff } from '../../src/stub/common/power-off.js';
import { writeConsole } from '../../src/stub/guest/console.js';

/**
 * A payload that prints the boot information it is given: a line `name=value` for each field, then those of each range and module,
 * a module's bytes as a sum and its string, the command line as it is, and the framebuffer.
 */
export function reportPayload(a: Assembler): void {
  const { code: c } = a;
  const texts = new Map<string, string>();
  const text = (value: string): void => {
    const name = texts.get(value) ?? `report_${texts.size}`;
    texts.set(value, name);
    c.lea(o.RSI, mem(label(name)));
    c.call(label('put_text'));
  };
  const number = (name: string, load: () => void): void => {
    text(`${name}=`);
    load();
    c.call(label('put_hex'));
    text('\n');
  };
  const load = (struct: Parameters<typeof at>[0], from: o.Register, name: string) => () => {
    const place = at(struct, from, name);
    const size = fieldSize(struct.fields[name]!);
    if (size === 8) c.mov(o.RAX, place);
    else if (size === 4) c.mov(o.EAX, place);
    else c.movzx(o.EAX, place);
  };
  a.part('payload', () => {
    c.mov(o.RBX, o.RDI);
    for (const name of Object.keys(bootInformation.fields)) number(name, load(bootInformation, o.RBX, name));
    text('text=');
    c.mov(o.RSI, boot('command_line'));
    c.call(label('put_text'));
    text('\n');
    for (const [struct, count, first, names] of [
      [bootMemoryRange, 'memory_map_entries', 'memory_map', ['addr', 'size', 'type']],
      [bootModule, 'modules_count', 'modules', ['paddr', 'size']],
    ] as const) {
      const [item, end] = [a.local('item'), a.local('end')];
      c.mov(o.R12D, boot(count));
      c.mov(o.R13, boot(first));
      a.at(item);
      c.test(o.R12D, o.R12D);
      c.je(end);
      for (const name of names) number(`${struct.name}.${name}`, load(struct, o.R13, name));
      if (struct === bootModule) {
        number(`${struct.name}.sum`, () => sum(a));
        const silent = a.local('silent');
        c.mov(o.R14, at(bootModule, o.R13, 'cmdline_paddr'));
        c.test(o.R14, o.R14);
        c.je(silent);
        text(`${struct.name}.text=`);
        c.mov(o.RSI, o.R14);
        c.call(label('put_text'));
        text('\n');
        a.at(silent);
      }
      c.add(o.R13, imm(struct.size));
      c.dec(o.R12D);
      c.jmp(item);
      a.at(end);
    }
    const none = a.local('none');
    c.mov(o.R13, boot('framebuffer'));
    c.test(o.R13, o.R13);
    c.je(none);
    for (const name of Object.keys(bootFramebuffer.fields)) {
      number(`boot_framebuffer.${name}`, load(bootFramebuffer, o.R13, name));
    }
    a.at(none);
    text('end\n');
    c.jmp(label('power_off'));
  });
  for (const [value, name] of texts) {
    a.label(name);
    a.text(value);
  }
  writeConsole(a);
  writePowerOff(a);
}

/** RAX: the sum of all bytes of the module R13 points to. */
function sum(a: Assembler): void {
  const { code: c } = a;
  const [next, end] = [a.local('next'), a.local('end')];
  c.mov(o.RSI, at(bootModule, o.R13, 'paddr'));
  c.mov(o.RCX, at(bootModule, o.R13, 'size'));
  c.xor(o.EDX, o.EDX);
  a.at(next);
  c.test(o.RCX, o.RCX);
  c.je(end);
  c.xor(o.EAX, o.EAX);
  c.lodsb();
  c.add(o.RDX, o.RAX);
  c.dec(o.RCX);
  c.jmp(next);
  a.at(end);
  c.mov(o.RAX, o.RDX);
}

/** What the payload printed, by name; a name that comes again has more than one value. */
export function reported(lines: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const values = new Map<string, string[]>();
  for (const line of lines) {
    const [, name, value] = /^([\w.]+)=(.*)$/.exec(line) ?? [];
    if (name) values.set(name, [...(values.get(name) ?? []), value!]);
  }
  return values;
}
