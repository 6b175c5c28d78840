import { spawn } from 'node:child_process';
import { say } from './progress.js';

/**
 * Runs `work` while holding an exclusive lock on `file`.
 *
 * The lock belongs to a flock(1) child that lives as long as its stdin, so the kernel drops it however this
 * process ends, and there is no stale lock to reason about.
 */
export async function withLock<T>(
  file: string,
  work: () => Promise<T>,
  onWait: () => void = () => say('another run holds the cache; waiting for it'),
): Promise<T> {
  const holder = spawn('flock', ['-x', file, 'sh', '-c', 'echo held; exec cat >/dev/null'], {
    stdio: ['pipe', 'pipe', 'inherit'],
    // A Ctrl-C goes to the whole process group; the lock must outlast our own clean-up.
    detached: true,
  });
  // Should the holder be killed, closing its stdin below must not become an error of ours.
  holder.stdin.on('error', () => {});
  const waiting = setTimeout(onWait, 1000);
  try {
    await new Promise<void>((resolve, reject) => {
      holder.stdout.once('data', () => resolve());
      holder.once('error', (error) => reject(new Error(`cannot run flock (util-linux): ${error.message}`)));
      holder.once('close', (code) => reject(new Error(`cannot lock ${file}: flock ended with ${code}`)));
    });
  } finally {
    clearTimeout(waiting);
  }
  try {
    return await work();
  } finally {
    holder.stdin.end();
  }
}
