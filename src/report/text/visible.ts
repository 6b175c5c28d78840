// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it is about.
const controls = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

/**
 * A text from an image with its control characters spelt out: an image must not be able to move the cursor,
 * change colours or reorder what a report says.
 */
export function visible(text: string): string {
  return text.replace(controls, (character) => {
    const code = character.charCodeAt(0).toString(16);
    return code.length <= 2 ? `\\x${code.padStart(2, '0')}` : `\\u${code}`;
  });
}
