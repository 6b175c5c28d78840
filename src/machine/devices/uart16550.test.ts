import { expect, test } from 'vitest';
import { InterruptLine } from './interrupt-line.js';
import { Uart16550 } from './uart16550.js';

const base = 0x3f8;
const [rbr, ier, iir, lcr, mcr, lsr, msr, scr] = [0, 1, 2, 3, 4, 5, 6, 7];
const [thr, fcr] = [0, 2];

function machine() {
  const line = new InterruptLine();
  const sent: number[] = [];
  let edges = 0;
  line.connect((level) => {
    if (level) edges++;
  });
  const uart = new Uart16550('com1', base, line, (byte) => sent.push(byte));
  return {
    uart,
    line,
    sent,
    edges: () => edges,
    in: (register: number) => uart.in(base + register, 1),
    out: (register: number, value: number) => uart.out(base + register, 1, value),
  };
}

test('Linux autoconfig finds a 16550A and none of its relatives (8250_port.c autoconfig)', () => {
  const { in: read, out: write } = machine();
  // Is there anything: IER keeps its low four bits.
  write(ier, 0);
  expect(read(ier) & 0x0f).toBe(0);
  write(ier, 0x0f);
  expect(read(ier) & 0x0f).toBe(0x0f);
  write(ier, 0);
  // Loopback: OUT2 and RTS come back as DCD and CTS.
  write(mcr, 0x10 | 0x08 | 0x02);
  expect(read(msr) & 0xf0).toBe(0x90);
  write(mcr, 0x08);
  // EFR of a 16650 or 16850 would answer under LCR = BF.
  write(lcr, 0xbf);
  write(fcr, 0);
  write(lcr, 0);
  write(fcr, 1);
  expect(read(iir) >> 6).toBe(3);
  write(lcr, 0x80);
  expect(read(iir)).not.toBe(0);
  write(lcr, 0xbf);
  expect(read(iir)).not.toBe(0);
  // National superchips switch MCR into the place of IIR.
  write(lcr, 0);
  const status = read(mcr);
  write(lcr, 0xe0);
  const before = read(iir);
  write(lcr, 0);
  write(mcr, status ^ 0x10);
  write(lcr, 0xe0);
  expect(read(iir) & 0x10).toBe(before & 0x10);
  write(lcr, 0);
  write(mcr, status);
  // A 16750 would show a 64-byte FIFO, an XScale UART its unit enable.
  write(lcr, 0x80);
  write(fcr, 0x21);
  expect(read(iir) & 0x20).toBe(0);
  write(lcr, 0);
  write(ier, 0x40);
  expect(read(ier) & 0x40).toBe(0);
  write(scr, 0x5a);
  expect(read(scr)).toBe(0x5a);
});

test('the transmitter-empty interrupt comes with its enable and after each byte, and goes with IIR', () => {
  const { in: read, out: write, line, sent, edges } = machine();
  write(mcr, 0x0b);
  write(ier, 0x02);
  expect(line.level).toBe(true);
  expect(read(iir)).toBe(0x02);
  expect(line.level).toBe(false);
  expect(read(iir)).toBe(0x01);
  // Linux's THRE test: off and on again must interrupt again.
  write(ier, 0);
  write(ier, 0x02);
  expect(line.level).toBe(true);
  // Writing without reading IIR is an edge nonetheless, which edge-triggered inputs need.
  write(thr, 0x41);
  write(thr, 0x42);
  expect(edges()).toBe(4);
  expect(line.level).toBe(true);
  expect(sent).toEqual([0x41, 0x42]);
  expect(read(lsr)).toBe(0x60);
  write(ier, 0);
  expect(line.level).toBe(false);
});

test('OUT2 gates the interrupt', () => {
  const { out: write, line } = machine();
  write(ier, 0x02);
  expect(line.level).toBe(false);
  write(mcr, 0x08);
  expect(line.level).toBe(true);
  write(mcr, 0x18);
  expect(line.level).toBe(false);
});

test('received bytes: trigger level, timeout below it, no loss beyond the FIFO', () => {
  const { uart, in: read, out: write, line } = machine();
  write(mcr, 0x08);
  write(fcr, 0x41); // four bytes
  write(ier, 0x01);
  uart.receive(1);
  expect(read(iir)).toBe(0xcc);
  expect(line.level).toBe(true);
  for (let byte = 2; byte <= 20; byte++) uart.receive(byte);
  expect(read(iir)).toBe(0xc4);
  const got: number[] = [];
  while (read(lsr) & 1) got.push(read(rbr));
  expect(got).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
  expect(line.level).toBe(false);
  expect(read(iir)).toBe(0xc1);
});

test('loopback receives what it sends, overruns a full receiver and keeps it from the outside', () => {
  const { in: read, out: write, sent } = machine();
  write(mcr, 0x10);
  write(ier, 0x04);
  write(thr, 0x55);
  expect(read(lsr)).toBe(0x61);
  write(thr, 0x56);
  expect(read(iir)).toBe(0x06);
  expect(read(lsr)).toBe(0x63);
  expect(read(lsr)).toBe(0x61);
  expect(read(rbr)).toBe(0x55);
  expect(sent).toEqual([]);
});

test('modem lines report changes once; RI its trailing edge', () => {
  const { in: read, out: write } = machine();
  expect(read(msr)).toBe(0xb0);
  write(mcr, 0x10);
  expect(read(msr)).toBe(0x0b);
  write(mcr, 0x14);
  expect(read(msr)).toBe(0x40);
  write(mcr, 0x10);
  expect(read(msr)).toBe(0x04);
  write(ier, 0x08);
  expect(read(iir)).toBe(0x01);
  write(mcr, 0x12);
  expect(read(iir)).toBe(0x00);
  expect(read(msr)).toBe(0x11);
});

test('the divisor latch hides behind DLAB', () => {
  const { in: read, out: write, sent } = machine();
  write(lcr, 0x83);
  write(0, 0x34);
  write(1, 0x12);
  expect([read(0), read(1)]).toEqual([0x34, 0x12]);
  write(lcr, 0x03);
  expect(read(ier)).toBe(0);
  expect(sent).toEqual([]);
});
