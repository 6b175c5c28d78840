import { describe, expect, test } from 'vitest';
import { craftBzImage } from '../../../test/craft/bzimage.js';
import { craftCompat, craftPe } from '../../../test/craft/pe.js';
import { ascii } from '../../../test/craft/write.js';
import { corpusTest, linuxIds, output } from '../../../test/outside.js';
import { Bytes } from '../../core/bytes.js';
import { type Pe, parsePe } from './pe.js';
import { parseUki } from './uki.js';

const parse = (data: Uint8Array) => parsePe(new Bytes(data))!;

describe('a crafted image', () => {
  test.each([
    ['x86-64', 'PE32+', 0x8664],
    ['ia32', 'PE32', 0x14c],
    ['arm64', 'PE32+', 0xaa64],
  ] as const)('for %s', (machine, magic, number) => {
    const pe = parse(craftPe({ machine, entry: 0x1234, imageBase: 0x400000, linuxMagic: true }));
    expect(pe).toMatchObject({
      machineName: machine,
      machine: number,
      magic,
      entry: 0x1234,
      imageBase: 0x400000n,
      subsystem: 10,
      linuxMagic: true,
      signed: false,
      problems: [],
    });
    expect(pe.sections).toMatchObject([{ name: '.text', offset: 0x1000, size: 16 }]);
  });

  test('signature, SBAT and mixed mode', () => {
    const sbat = 'sbat,1,SBAT Version,sbat,1,https://example.invalid\n';
    const pe = parse(
      craftPe({
        sections: [
          { name: '.sbat', data: ascii(`${sbat}\0\0\0`) },
          {
            name: '.compat',
            data: craftCompat([
              { machine: 0x14c, entry: 0x2000 },
              { machine: 1, entry: 2 },
            ]),
          },
        ],
        certificate: new Uint8Array(64),
      }),
    );
    expect(pe.sbat).toBe(sbat);
    expect(pe.signed).toBe(true);
    expect(pe.certificates).toEqual({ offset: 0x3000, size: 64 });
    expect(pe.compatEntry).toEqual({ machine: 0x14c, entry: 0x2000, offset: 0x2000 });
    expect(pe.compatEntries).toHaveLength(2);
  });

  test('a bzImage is one too', () => {
    expect(parse(craftBzImage({ pe: { entry: 0x5000 } }))).toMatchObject({ entry: 0x5000, offset: 0x40 });
    expect(parsePe(new Bytes(craftBzImage()))).toBeUndefined();
  });

  test('a unified kernel image', () => {
    const data = craftPe({
      sections: [
        { name: '.osrel', data: ascii('ID=test\nVERSION_ID="1"\n') },
        { name: '.cmdline', data: ascii('console=ttyS0 quiet') },
        { name: '.uname', data: ascii('6.12.0-craft') },
        { name: '.initrd', data: new Uint8Array(100) },
        { name: '.linux', data: new Uint8Array(0x1000), virtualSize: 0xff8 },
      ],
    });
    expect(parseUki(new Bytes(data), parse(data))).toMatchObject({
      osRelease: 'ID=test\nVERSION_ID="1"',
      cmdline: 'console=ttyS0 quiet',
      uname: '6.12.0-craft',
      initrd: { offset: 0x4000, length: 100 },
      linux: { offset: 0x5000, length: 0xff8 },
    });
    const plain = craftPe();
    expect(parseUki(new Bytes(plain), parse(plain))).toBeUndefined();
  });
});

describe('hostile headers', () => {
  test('65535 sections, none of them in the file', () => {
    const file = craftPe();
    new DataView(file.buffer).setUint16(0x80 + 6, 0xffff, true);
    const pe = parse(file);
    expect(pe.sections.length).toBeLessThan(200);
    expect(pe.problems[0]!.message).toContain('65535');
  });

  test('a signature that points out of the file is no PE, a bad magic is an error', () => {
    const file = craftPe();
    const view = new DataView(file.buffer);
    view.setUint16(0x80 + 24, 0x107, true);
    expect(() => parse(file)).toThrow(expect.objectContaining({ offset: 0x80 + 24 }));
    view.setUint32(0x3c, 0xfffffff0, true);
    expect(parsePe(new Bytes(file))).toBeUndefined();
  });

  test('a .compat list that never ends', () => {
    const entry = { machine: 0x14c, entry: 1 };
    const many = craftPe({ sections: [{ name: '.compat', data: craftCompat(Array(1000).fill(entry)) }] });
    expect(parse(many).compatEntries).toHaveLength(16);
    const still = craftPe({ sections: [{ name: '.compat', data: Uint8Array.of(1, 0, 1, 1, 0, 0, 0, 0) }] });
    expect(parse(still).compatEntries).toEqual([]);
    expect(parse(still).problems).toHaveLength(1);
  });

  test('every length the headers can be cut to', () => {
    const file = craftPe();
    for (let length = 0; length < 0x200; length++) {
      try {
        parsePe(new Bytes(file.subarray(0, length)));
      } catch (error) {
        expect(error).toMatchObject({ name: 'ImageError', offset: expect.any(Number) });
      }
    }
  });
});

/** `objdump -p` and `-h`, in our words. */
function expectAgreement(pe: Pe, path: string): void {
  const text = output('objdump', '-p', '-h', path);
  const field = (name: string) => BigInt(`0x${new RegExp(`^${name}\\s+([0-9a-f]+)`, 'm').exec(text)?.[1]}`);
  const decimal = (name: string) => Number(new RegExp(`^${name}\\s+(\\d+)`, 'm').exec(text)?.[1]);
  expect(field('AddressOfEntryPoint')).toBe(BigInt(pe.entry));
  expect(field('ImageBase')).toBe(pe.imageBase);
  expect(field('SectionAlignment')).toBe(BigInt(pe.sectionAlignment));
  expect(field('FileAlignment')).toBe(BigInt(pe.fileAlignment));
  expect(field('SizeOfImage')).toBe(BigInt(pe.sizeOfImage));
  expect(field('SizeOfHeaders')).toBe(BigInt(pe.sizeOfHeaders));
  expect(field('Subsystem')).toBe(BigInt(pe.subsystem));
  expect(field('DllCharacteristics')).toBe(BigInt(pe.dllCharacteristics));
  expect(decimal('MajorImageVersion')).toBe(pe.majorImageVersion);
  expect(decimal('MinorImageVersion')).toBe(pe.minorImageVersion);
  const directory = /^Entry 4 ([0-9a-f]+) ([0-9a-f]+) /m.exec(text)!;
  expect(Number.parseInt(directory[2]!, 16)).toBe(pe.certificates?.size ?? 0);
  expect(Number.parseInt(directory[1]!, 16)).toBe(pe.certificates?.offset ?? 0);
  const sections = [
    ...text.matchAll(/^ *\d+ (\S+) +([0-9a-f]{8}) {2}([0-9a-f]+) {2}[0-9a-f]+ {2}([0-9a-f]+) {2}2/gm),
  ].map(([, name, size, vma, offset]) => ({
    name,
    size: Number.parseInt(size!, 16),
    vma: BigInt(`0x${vma}`),
    offset: Number.parseInt(offset!, 16),
  }));
  const ours = pe.sections.map(({ name, size, virtualSize, virtualAddress, offset }) => ({
    name,
    // objdump shows the exact size, which is the one in memory unless that has a bss behind it.
    size: size === 0 || (virtualSize > 0 && virtualSize < size) ? virtualSize : size,
    vma: pe.imageBase + BigInt(virtualAddress),
    offset,
  }));
  expect(ours).toEqual(sections);
}

describe('objdump says the same', () => {
  for (const id of [...linuxIds, 'xen-efi', 'memtest86+x64-efi', 'memtest86+ia32-efi']) {
    corpusTest('headers and sections', id, ['objdump'], ({ data, path }) => {
      expectAgreement(parse(data), path);
    });
  }

  for (const id of linuxIds) {
    corpusTest('signed, with an entry for ia32 firmware', id, [], ({ data }) => {
      const pe = parse(data);
      expect(pe.signed).toBe(true);
      expect(pe.problems).toEqual([]);
      expect(pe.compatEntry?.machine).toBe(id.includes('686') ? undefined : 0x14c);
    });
  }
});
