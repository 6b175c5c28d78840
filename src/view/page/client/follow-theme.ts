/// <reference lib="dom" />
import { byId } from './by-id.js';

/** Lets the reader choose dark or light instead of what the system says. */
export function followTheme(): void {
  const button = byId('theme');
  const { dataset } = document.documentElement;
  button.hidden = false;
  button.addEventListener('click', () => {
    const isDark = dataset.theme
      ? dataset.theme === 'dark'
      : matchMedia('(prefers-color-scheme: dark)').matches;
    dataset.theme = isDark ? 'light' : 'dark';
  });
}
