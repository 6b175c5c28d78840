import { script } from '@bomb.sh/tab';

export const shells = ['bash', 'zsh', 'fish'] as const;

/** A script for a shell, which asks `zeropage complete -- WORD…` what could stand there. */
export function completionScript(shell: string): string {
  const text = printed(() => script(shell, 'zeropage', 'zeropage'));
  // The script registers itself so that bash never falls back to files, which most arguments are.
  return shell === 'bash' ? `${text}complete -o default -F __zeropage_complete zeropage\n` : text;
}

/** What a function writes with console.log: the library has no other way to hand it out. */
function printed(write: () => void): string {
  const { log } = console;
  let text = '';
  console.log = (line: string) => {
    text += `${line}\n`;
  };
  try {
    write();
  } finally {
    console.log = log;
  }
  return text;
}
