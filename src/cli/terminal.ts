import * as util from 'node:util';
import { plain, type Style } from '../report/text/style.js';

/** Columns of a report when nobody says how wide the terminal is. */
const DEFAULT_WIDTH = 100;

/** How to print to a stream: colours only for people, and lines as wide as the terminal, within reason. */
export function terminal(stream: NodeJS.WriteStream = process.stdout): { style: Style; width: number } {
  return { style: hasColour(stream) ? colours() : plain, width: widthOf(stream) };
}

function hasColour(stream: NodeJS.WriteStream): boolean {
  const { NO_COLOR, FORCE_COLOR, TERM } = process.env;
  if (NO_COLOR) return false;
  if (FORCE_COLOR) return FORCE_COLOR !== '0' && FORCE_COLOR !== 'false';
  return stream.isTTY === true && TERM !== 'dumb';
}

function widthOf(stream: NodeJS.WriteStream): number {
  const columns = stream.isTTY ? stream.columns : Number(process.env.COLUMNS);
  return columns > 0 ? Math.min(120, Math.max(60, columns)) : DEFAULT_WIDTH;
}

type Format = Parameters<typeof util.styleText>[0];

function colours(): Style {
  const painted =
    (format: Format) =>
    (text: string): string =>
      // Whether to colour is decided above; without this, newer Node decides again from its own stdout.
      util.styleText(format, text, { validateStream: false });
  return {
    title: painted('bold'),
    strong: painted('bold'),
    dim: painted('dim'),
    good: painted('green'),
    warn: painted('yellow'),
    bad: painted('red'),
  };
}
