import { expect, test } from 'vitest';
import { Bus, type Device } from './bus.js';
import { Clock } from './clock.js';

function recorder(overrides: Partial<Device> = {}): Device & { log: unknown[][] } {
  const log: unknown[][] = [];
  return {
    id: 'recorder',
    log,
    in: (port, size) => {
      log.push(['in', port, size]);
      return port & 0xff;
    },
    out: (...access) => void log.push(['out', ...access]),
    read: (address, size) => {
      log.push(['read', address, size]);
      return 0x12345678;
    },
    write: (...access) => void log.push(['write', ...access]),
    save() {},
    ...overrides,
  };
}

test('nobody answers with all ones and swallows writes', () => {
  const bus = new Bus(new Clock());
  bus.out(0x123, 4, 0);
  bus.write(0xd0000000, 4, 0);
  expect([bus.in(0x123, 1), bus.in(0x123, 2), bus.in(0x123, 4)]).toEqual([0xff, 0xffff, 0xffffffff]);
  expect([bus.read(0xd0000000, 1), bus.read(0xd0000000, 2), bus.read(0xd0000000, 4)]).toEqual([
    0xff, 0xffff, 0xffffffff,
  ]);
});

test('an access wider than the device takes is split into bytes, each to its own owner', () => {
  const bus = new Bus(new Clock());
  const bytes = recorder({ ports: [{ first: 0x10, count: 2, width: 1 }] });
  const words = recorder({ id: 'words', ports: [{ first: 0x12, count: 4, width: 2 }] });
  bus.attach(bytes);
  bus.attach(words);
  expect(bus.in(0x0f, 4)).toBe(0x121110ff);
  bus.out(0x12, 2, 0xbeef);
  bus.out(0x11, 2, 0xbeef);
  expect(bytes.log).toEqual([
    ['in', 0x11, 1],
    ['in', 0x10, 1],
    ['out', 0x11, 1, 0xef],
  ]);
  expect(words.log).toEqual([
    ['in', 0x12, 1],
    ['out', 0x12, 2, 0xbeef],
    ['out', 0x12, 1, 0xbe],
  ]);
});

test('addresses reach their device, and its ranges can be asked for', () => {
  const bus = new Bus(new Clock());
  let changes = 0;
  bus.onMmioChange = () => changes++;
  const device = recorder({ mmio: [{ start: 0xfec00000, size: 0x1000 }] });
  bus.attach(device);
  expect(bus.read(0xfec00ffc, 4)).toBe(0x12345678);
  expect(bus.read(0xfec01000, 4)).toBe(0xffffffff);
  bus.write(0xfec00010, 1, 7);
  expect(device.log).toEqual([
    ['read', 0xfec00ffc, 4],
    ['write', 0xfec00010, 1, 7],
  ]);
  expect(bus.mmioRanges).toEqual([{ start: 0xfec00000, size: 0x1000 }]);
  expect(changes).toBe(1);
});

test('two devices cannot claim one port or address', () => {
  const bus = new Bus(new Clock());
  bus.attach(
    recorder({ id: 'a', ports: [{ first: 0x10, count: 2, width: 1 }], mmio: [{ start: 0x1000, size: 16 }] }),
  );
  expect(() => bus.attach(recorder({ id: 'b', ports: [{ first: 0x11, count: 1, width: 1 }] }))).toThrow(
    'port 0x11: b meets a',
  );
  expect(() => bus.attach(recorder({ id: 'c', mmio: [{ start: 0x100f, size: 1 }] }))).toThrow('c meets a');
});

test('keeps the last port accesses, counting repetitions', () => {
  const clock = new Clock();
  const bus = new Bus(clock);
  for (let i = 0; i < 300; i++) bus.out(0x80, 1, i & 0xff);
  clock.advanceTo(77);
  for (let i = 0; i < 1000; i++) bus.in(0x3fd, 1);
  const last = bus.lastPortAccesses();
  expect(last).toHaveLength(256);
  expect(last.at(-1)).toEqual({ now: 77, port: 0x3fd, size: 1, value: 0xff, write: false, count: 1000 });
  expect(last.at(-2)).toEqual({ now: 0, port: 0x80, size: 1, value: 43, write: true, count: 1 });
  expect(last[0]!.value).toBe((300 - 255) & 0xff);
});
