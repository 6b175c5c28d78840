/**
 * Records what QEMU's and GRUB's Multiboot loaders say of the kernels in disputed.ts, in disputed.json, which a test compares with
 * our rules. GRUB is asked to load, not to boot. Needs what record.ts needs; takes some minutes. Format the file with biome then.
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { disputed } from './disputed.js';
import { versionOf } from './loaders.js';

const FIXED = '-accel tcg -nic none -display none -no-reboot -serial stdio -monitor none -m 64'.split(' ');

/** What QEMU and its guest say until `done` or the time is up. */
function listen(
  cwd: string,
  args: readonly string[],
  seconds: number,
  done: (said: string) => boolean,
): Promise<string> {
  return new Promise((resolve) => {
    const qemu = spawn('qemu-system-i386', [...FIXED, ...args], { cwd });
    const timer = setTimeout(() => qemu.kill('SIGKILL'), seconds * 1000);
    let said = '';
    const hear = (data: Buffer): void => {
      said += data.toString('latin1');
      if (done(said)) qemu.kill('SIGKILL');
    };
    qemu.stdout.on('data', hear);
    qemu.stderr.on('data', hear);
    qemu.on('exit', () => {
      clearTimeout(timer);
      resolve(said);
    });
  });
}

async function askQemu(directory: string, file: Uint8Array): Promise<string> {
  writeFileSync(join(directory, 'kernel'), file);
  const said = await listen(directory, ['-kernel', 'kernel'], 15, (text) => text.endsWith('K'));
  if (said.endsWith('K')) return 'takes';
  return (
    said
      .replace(/^[^:]*: /, '')
      .split('\n')[0]!
      .trim() || 'silent'
  );
}

/** One GRUB for all; where it dies over one, another one goes on behind it. */
async function askGrub(directory: string, names: readonly string[]): Promise<Record<string, string>> {
  const answers: Record<string, string> = {};
  let left = names;
  while (left.length > 0) {
    const tree = join(directory, 'tree');
    rmSync(tree, { recursive: true, force: true });
    mkdirSync(join(tree, 'boot/grub'), { recursive: true });
    const config = ['serial', 'terminal_output serial'];
    for (const [i, name] of left.entries()) {
      const { version, file } = disputed[name]!;
      writeFileSync(join(tree, `k${i}`), file);
      config.push(`echo @${i}`, `multiboot${version === 1 ? '' : '2'} /k${i}`, `echo @after${i}`);
    }
    writeFileSync(join(tree, 'boot/grub/grub.cfg'), `${config.join('\n')}\n`);
    spawnSync('grub-mkrescue', ['-o', 'image.iso', 'tree'], { cwd: directory });
    const last = `@after${left.length - 1}`;
    const said = await listen(directory, ['-cdrom', 'image.iso', '-boot', 'd'], 60, (text) =>
      text.includes(last),
    );
    let done = 0;
    for (const [i, name] of left.entries()) {
      const text = new RegExp(`@${i}\\s([^]*)`).exec(said)?.[1]?.split(`@after${i}`);
      if (!text) break;
      done = i + 1;
      answers[name] = text.length === 1 ? 'dies' : (/error: ([^\r\n]*)\./.exec(text[0]!)?.[1] ?? 'takes');
    }
    if (done === 0) throw new Error(`GRUB did not come up\n${said}`);
    left = left.slice(done);
  }
  return answers;
}

const directory = mkdtempSync(join(tmpdir(), 'zeropage-oracle-'));
try {
  const names = Object.keys(disputed);
  const grub = await askGrub(directory, names);
  const qemu: Record<string, string> = {};
  for (const name of names) {
    const { version, file } = disputed[name]!;
    if (version === 1) qemu[name] = await askQemu(directory, file);
  }
  const versions = { qemu: versionOf('qemu-system-i386'), grub: versionOf('grub-mkrescue') };
  writeFileSync(
    fileURLToPath(new URL('disputed.json', import.meta.url)),
    `${JSON.stringify({ versions, qemu, grub }, null, 2)}\n`,
  );
} finally {
  rmSync(directory, { recursive: true });
}
