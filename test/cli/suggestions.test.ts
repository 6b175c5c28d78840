import { describe, expect, test } from 'vitest';
import { corpusFile, corpusReason } from '../../tools/corpus/locate.js';
import { guest } from '../boot/guests.js';
import { scratch, zeropage } from './command.js';
import { packedKernel } from './crafted.js';

const file = scratch();
const image = file('vmlinuz', packedKernel());

/** Every kind of name that can be mistyped: exit code 2, and what was most likely meant. */
describe('did you mean', () => {
  test.each([
    [['insepct', image], "did you mean 'inspect'? The commands are: inspect, "],
    [['help', 'boto'], "did you mean 'boot'?"],
    [['inspect', '--jsno', image], '(Did you mean --json?)'],
    [['file', '--is-x86-phv', image], '(Did you mean --is-x86-pvh?)'],
    [['boot', '--entry', 'linux46', image], "Did you mean 'linux16' or 'linux64'? The entries are: "],
    [['inspect', '--entry', 'xenpv', image], "Did you mean 'xen-pv'? The entries are: "],
    [['entries', 'pv'], "did you mean 'pvh'? The entries are: linux16, "],
    [['boot', '--platform', 'xen-phv', image], "Did you mean 'xen-pv' or 'xen-pvh'? The platforms are: "],
    [['platforms', 'kmv'], "did you mean 'kvm'? The platforms are: "],
    [['boot', '--device', 'isa-debug-exti', image], "Did you mean 'isa-debug-exit'? The devices are: "],
    [['boot', '--cpu', 'x86-64-v5', image], "Did you mean 'x86-64-v2'"],
    [['boot', '--cpu', '+avx', image], 'The features are: '],
    [['guest', '--entry', 'multibot', '-o', '-'], "Did you mean 'multiboot'? The entries are: "],
    [['loaders', '--only', 'firecraker', image], "did you mean 'firecracker'? The loaders are: "],
    [['extract', image, 'imgae', '-o', '-'], "did you mean 'image'? The layers are: image (0)"],
  ])('%j', (args, said) => {
    const { code, stdout, stderr } = zeropage(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(said);
  });

  const reason = corpusReason('debian-13-cloud-amd64');
  test.skipIf(reason)('a function and a type of a kernel', () => {
    const { path } = corpusFile('debian-13-cloud-amd64')!;
    const until = zeropage(['boot', '--until', 'start_kernal', path]);
    expect(until.code).toBe(2);
    expect(until.stderr).toContain(
      "the kernel has no function 'start_kernal'\n  did you mean 'start_kernel'? The waypoints are entry, ",
    );
    const type = zeropage(['types', path, 'struct boot_parms']);
    expect(type.stderr).toMatch(/called 'struct boot_parms'\n {2}did you mean 'boot_params'\?\n$/);
    expect(zeropage(['types', path, 'task_strcut']).stderr).toContain("did you mean 'task_struct'?");
  });

  test('nothing is proposed for what is like nothing', () => {
    const waypoint = zeropage(['boot', '--until', 'zzzzzz', file('guest', guest('works'))]);
    expect(waypoint.stderr).not.toContain('did you mean');
    expect(zeropage(['entries', 'zzzzzz']).stderr).toMatch(/'zzzzzz'\n {2}the entries are: /);
  });
});
