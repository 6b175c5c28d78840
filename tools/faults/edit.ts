import type { Edit } from './fault.js';

/** A source file with its edits. */
export function edited(text: string, edits: readonly Edit[]): string {
  return edits.reduce((now, { file, find, put }) => {
    const [before, after, ...more] = now.split(find);
    if (before === undefined || after === undefined || more.length > 0)
      throw new Error(
        `${file}: ${JSON.stringify(find)} stands there ${now.split(find).length - 1} times, not once: the source has changed, and so must the fault`,
      );
    return before + put + after;
  }, text);
}
