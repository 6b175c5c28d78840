/** How a text report marks its parts; whoever prints it decides what that looks like. */
export interface Style {
  /** A section's title. */
  title(text: string): string;
  strong(text: string): string;
  /** What only some readers look for. */
  dim(text: string): string;
  good(text: string): string;
  warn(text: string): string;
  bad(text: string): string;
}

const same = (text: string): string => text;

/** No marks at all: for files, pipes and tests. */
export const plain: Style = { title: same, strong: same, dim: same, good: same, warn: same, bad: same };
