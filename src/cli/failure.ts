import { hex, ImageError, StartError } from '../core/errors.js';
import { visible } from '../report/text/visible.js';

/** A failure the user can do something about; `subject` is what it concerns, mostly a file. */
export class CommandFailure extends Error {
  override readonly name = 'CommandFailure';

  constructor(
    message: string,
    readonly hint?: string,
    readonly subject?: string,
  ) {
    super(message);
  }
}

/** What went wrong, where, and what to do, in at most three lines. */
export function explain(error: unknown, subject?: string): string {
  const about = (error instanceof CommandFailure ? error.subject : undefined) ?? subject;
  const lines = [`zeropage: ${visible(`${about ? `${about}: ` : ''}${messageOf(error)}`)}`];
  if (error instanceof ImageError && error.offset !== undefined)
    lines.push(`  at offset ${hex(error.offset)}`);
  const hint = hintOf(error);
  if (hint) lines.push(`  ${visible(hint)}`);
  return `${lines.join('\n')}\n`;
}

/** Errors whose message is meant for the user; all others are faults of ours. */
function isExplained(error: unknown): error is CommandFailure | ImageError | StartError {
  return error instanceof CommandFailure || error instanceof ImageError || error instanceof StartError;
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (isExplained(error)) return error.message;
  return `internal error: ${error.message}`;
}

function hintOf(error: unknown): string | undefined {
  if (isExplained(error)) return error.hint;
  return 'this is a fault of zeropage; run it again with ZEROPAGE_DEBUG=1 and report what it prints';
}
