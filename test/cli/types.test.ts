import { describe, expect } from 'vitest';
import { corpusTest } from '../outside.js';
import { zeropage } from './command.js';

describe('zeropage types', () => {
  corpusTest('shows a layout and a prototype', 'debian-13-cloud-amd64', [], ({ path }) => {
    const { code, stdout } = zeropage(['types', path, 'list_head', 'start_kernel']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^struct list_head \{\n/);
    expect(stdout).toContain('size: 16');
    expect(stdout).toContain('void start_kernel(void);');
  });

  corpusTest('--hex', 'debian-13-cloud-amd64', [], ({ path }) => {
    expect(zeropage(['types', '--hex', path, 'boot_params']).stdout).toMatch(/setup_header +hdr;.*0x1f1 /);
  });

  corpusTest('says what is not there', 'debian-13-cloud-amd64', [], ({ path }) => {
    const { code, stderr } = zeropage(['types', path, 'no_such_type']);
    expect(code).toBe(2);
    expect(stderr).toContain("'no_such_type'");
  });
});
