import { expect, test } from 'vitest';
import type { hypervisorType } from '../../src/abi/boot-information.js';
import { boot } from '../../src/boot/boot.js';
import { openImage } from '../../src/image/open.js';
import type { CpuidOptions } from '../../src/machine/x86/cpuid.js';
import type { Assembler } from '../../src/stub/assembler/assembler.js';
import * as o from '../../src/stub/assembler/operands.js';
import { imm } from '../../src/stub/assembler/operands.js';
import { boot as field } from '../../src/stub/common/fields.js';
import { writePowerOff } from '../../src/stub/common/power-off.js';
import { elfOf } from '../../src/stub/guest/image.js';
import { universal } from '../../src/stub/universal.js';

type Type = keyof typeof hypervisorType;

/** Prints one letter for each place it comes to: hooks in lower case, by type; the type itself as a digit at the end. */
const letters: Readonly<Record<string, string>> = { none: 'n', xen: 'x', kvm: 'k', 'hyper-v': 'h' };

function put(a: Assembler): void {
  a.code.mov(o.EDX, imm(0x3f8));
  a.code.out(o.DX, o.AL);
}

const hooks = (place: string): Partial<Record<Type, string>> =>
  Object.fromEntries(Object.keys(letters).map((type) => [type, `${place}_${type}`]));

const program = universal({
  entries: ['pvh'],
  pre: hooks('pre'),
  post: hooks('post'),
  stages: { beforePost: ['between'], afterPost: ['behind'] },
  payload: (a) => {
    const routine = (name: string, text: string): void =>
      a.part(name, () => {
        for (const letter of text) {
          a.code.mov(o.AL, imm(letter.charCodeAt(0)));
          put(a);
        }
        a.code.ret();
      });
    for (const [type, letter] of Object.entries(letters)) {
      routine(`pre_${type}`, `<${letter}`);
      routine(`post_${type}`, `${letter}>`);
    }
    routine('between', '-');
    routine('behind', '.');
    a.part('payload', () => {
      a.code.mov(o.EAX, field('hypervisor'));
      a.code.add(o.AL, imm(0x30));
      put(a);
    });
    writePowerOff(a);
  },
});
const file = elfOf(program, []);

async function console(cpu: CpuidOptions): Promise<string> {
  return (await boot(await openImage(file), { entry: 'pvh', memory: 64, cpu })).console;
}

test('hooks of the hypervisor that is there run around the common start, and no others', async () => {
  expect(await console({})).toBe('<n-n>.0');
});

test.each([
  ['XenVMMXenVMM', '<x-x>.1'],
  ['KVMKVMKVM\0\0\0', '<k-k>.2'],
  ['Microsoft Hv', '<h-h>.3'],
  // Types without hooks.
  ['VMwareVMware', '-.4'],
  ['bhyve bhyve ', '-.5'],
  ['TCGTCGTCGTCG', '-.6'],
  ['unheard of..', '-.7'],
])('%s is recognised by its CPUID leaf', async (signature, expected) => {
  expect(await console({ hypervisor: { signature } })).toBe(expected);
});
