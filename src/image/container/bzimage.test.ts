import { describe, expect, test } from 'vitest';
import { craftBzImage } from '../../../test/craft/bzimage.js';
import { corpusTest, linuxIds, output } from '../../../test/outside.js';
import { setupHeader } from '../../abi/setup-header.js';
import { Bytes } from '../../core/bytes.js';
import { parseBzImage } from './bzimage.js';
import { bzImageCrc } from './bzimage-crc.js';
import { parsePe } from './pe.js';

const parse = (data: Uint8Array) => parseBzImage(new Bytes(data))!;
const payload = Uint8Array.from({ length: 0x1000 }, (_, index) => index);

/** Documentation/arch/x86/boot.rst, the table: the last field of each version and those it brought. */
const versions: ReadonlyArray<readonly [version: number, end: number, added: readonly string[]]> = [
  [0x0200, 0x224, ['header', 'version', 'kernel_version', 'loadflags', 'code32_start', 'ramdisk_image']],
  [0x0201, 0x226, ['heap_end_ptr']],
  [0x0202, 0x22c, ['ext_loader_ver', 'ext_loader_type', 'cmd_line_ptr']],
  [0x0203, 0x230, ['initrd_addr_max']],
  [0x0204, 0x230, []],
  [0x0205, 0x235, ['kernel_alignment', 'relocatable_kernel']],
  [0x0206, 0x23c, ['cmdline_size']],
  [0x0207, 0x248, ['hardware_subarch', 'hardware_subarch_data']],
  [0x0208, 0x250, ['payload_offset', 'payload_length']],
  [0x0209, 0x258, ['setup_data']],
  [0x020a, 0x264, ['min_alignment', 'pref_address', 'init_size']],
  [0x020b, 0x268, ['handover_offset']],
  [0x020c, 0x268, ['xloadflags']],
  [0x020d, 0x268, []],
  [0x020e, 0x268, []],
  [0x020f, 0x26c, ['kernel_info_offset']],
];

describe('every protocol version', () => {
  test.each(versions)('%i', (version, headerEnd, added) => {
    const kernel = parse(craftBzImage({ version, payload }));
    expect(kernel).toMatchObject({ version, headerEnd, problems: [], setupSize: 2560 });
    expect(kernel.kernelVersion).toBe('6.12.0-craft (zeropage) #1 SMP');
    const before = versions.filter(([other]) => other <= version).flatMap(([, , names]) => names);
    for (const name of before) expect(kernel.header).toHaveProperty(name);
    const later = versions.filter(([other]) => other > version).flatMap(([, , names]) => names);
    for (const name of later) expect(kernel.header).not.toHaveProperty(name);
    expect(kernel.xloadflags).toEqual(
      version >= 0x020c ? ['XLF_KERNEL_64', 'XLF_CAN_BE_LOADED_ABOVE_4G'] : [],
    );
    expect(kernel.payload).toEqual(version >= 0x0208 ? { offset: 2560 + 0x400, length: 0x1000 } : undefined);
    expect(added.every((name) => kernel.header[name] !== undefined)).toBe(true);
  });

  test('the table has no field twice in one place', () => {
    const all = Object.values(setupHeader.fields).map((field) => field.offset);
    expect(new Set(all).size).toBe(all.length);
    expect(all).toEqual([...all].sort((a, b) => a - b));
  });

  test('before 2.00', () => {
    const kernel = parse(craftBzImage({ version: 0, setupSects: 0, payload }));
    expect(kernel).toMatchObject({ version: 0, setupSize: 2560, headerEnd: 0x200, loadflags: [] });
    expect(Object.keys(kernel.header)).toEqual([
      'setup_sects',
      'root_flags',
      'syssize',
      'ram_size',
      'vid_mode',
      'root_dev',
      'boot_flag',
    ]);
    expect(kernel.kernelVersion).toBeUndefined();
  });

  test('a size above 1 MiB is not known before 2.04', () => {
    const file = craftBzImage({
      version: 0x0203,
      payload: new Uint8Array(0x180000),
      tail: new Uint8Array(64),
    });
    expect(parse(file).end).toBe(file.length);
    expect(parse(craftBzImage({ version: 0x0204, payload, tail: new Uint8Array(64) })).end).toBe(
      craftBzImage({ version: 0x0204, payload }).length,
    );
  });
});

describe('odd and hostile headers', () => {
  test('a missing boot flag is no obstacle', () => {
    expect(parse(craftBzImage({ header: { boot_flag: 0 } })).header.boot_flag).toBe(0);
  });

  test('a boot sector that is no kernel', () => {
    const sector = new Uint8Array(0x100000);
    sector.set([0x55, 0xaa], 0x1fe);
    expect(parseBzImage(new Bytes(sector))).toBeUndefined();
    sector.set([0xff, 0xff], 0x1f4);
    expect(parseBzImage(new Bytes(sector.subarray(0, 0x10000)))).toBeUndefined();
  });

  test('pointers outside the file are problems, not errors', () => {
    const kernel = parse(
      craftBzImage({
        payload,
        header: {
          kernel_version: 0xffff,
          payload_offset: 0xffffffff,
          payload_length: 0xffffffff,
          kernel_info_offset: 0xfffffff0,
          syssize: 0xffffffff,
          setup_sects: 4,
        },
      }),
    );
    expect(kernel.problems.map((problem) => problem.offset)).toEqual([0x20e, 0x248, 0x268]);
    expect(kernel.payload).toBeUndefined();
    expect(kernel.kernelVersion).toBeUndefined();
  });

  test('a payload cut short keeps what is there', () => {
    const file = craftBzImage({ payload });
    const kernel = parse(file.subarray(0, file.length - 0x800));
    expect(kernel.payload).toEqual({ offset: 2560 + 0x400, length: 0x800 });
    expect(kernel.problems).toHaveLength(1);
  });

  test('every length a file can be cut to', () => {
    const file = craftBzImage({ payload, pe: {} });
    for (let length = 0; length < 0x300; length++) {
      const kernel = parseBzImage(new Bytes(file.subarray(0, length)));
      expect(kernel === undefined).toBe(length < 0x206);
    }
  });

  test('"HdrS" with a version that never was', () => {
    const kernel = parse(craftBzImage({ header: { version: 0x0105 } }));
    expect(kernel.version).toBe(0x0105);
    expect(kernel.problems[0]!.offset).toBe(0x206);
  });
});

describe('the checksum', () => {
  test('of a crafted image, broken and not', () => {
    const file = craftBzImage({ payload, crc: true });
    const crc = bzImageCrc(new Bytes(file), parse(file))!;
    expect(crc.computed).toBe(crc.stored);
    expect(crc.offset).toBe(file.length - 4);
    file.set([file[0x1000]! ^ 1], 0x1000);
    expect(bzImageCrc(new Bytes(file), parse(file))!.computed).not.toBe(crc.stored);
    expect(bzImageCrc(new Bytes(file.subarray(0, 0x1400)), parse(file))).toBeUndefined();
  });

  for (const id of linuxIds) {
    corpusTest('holds once the signature is taken out', id, [], ({ data }) => {
      const bytes = new Bytes(data);
      const kernel = parse(data);
      const crc = bzImageCrc(bytes, kernel, parsePe(bytes))!;
      expect(crc.computed).toBe(crc.stored);
      expect(bzImageCrc(bytes, kernel)!.computed).not.toBe(crc.stored);
    });
  }
});

describe('file(1) says the same', () => {
  for (const id of [...linuxIds, 'memtest86+x64', 'memtest86+ia32'] as const) {
    corpusTest('version string', id, ['file'], ({ data, path, release }) => {
      const kernel = parse(data);
      const theirs = /bzImage, version (.*?), (?:RO|RW)-rootFS/.exec(output('file', '-b', path))?.[1];
      expect(theirs).toBe(kernel.kernelVersion);
      expect(kernel.problems).toEqual([]);
      if (release) expect(kernel.kernelVersion!.split(' ')[0]).toBe(release);
    });
  }

  for (const id of linuxIds) {
    corpusTest('protocol 2.15 with the facts known of Debian', id, [], ({ data }) => {
      const kernel = parse(data);
      expect(kernel).toMatchObject({ version: 0x020f, loadflags: ['LOADED_HIGH'], headerEnd: 0x26c });
      expect(kernel.header).toMatchObject({
        boot_flag: 0xaa55,
        cmdline_size: 2047,
        code32_start: 0x100000,
        pref_address: 0x1000000n,
        relocatable_kernel: 1,
      });
      expect(kernel.xloadflags.includes('XLF_KERNEL_64')).toBe(!id.includes('686'));
      expect(kernel.kernelInfo!.setupTypeMax).toBeGreaterThan(0x80000000);
    });
  }
});
