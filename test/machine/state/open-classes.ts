import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';

/** What stands for the `#` of private names in `importOpen`. */
export const privatePrefix = '$private_';

/** Imports a module of the sources with its private fields open: `#name` is `$private_name`. */
export async function importOpen<T>(file: string): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'zeropage-open-'));
  try {
    const outfile = join(folder, 'open.mjs');
    await build({
      entryPoints: [file],
      outfile,
      bundle: true,
      format: 'esm',
      platform: 'node',
      packages: 'external',
      // Classes keep their names, by which a test finds their fields.
      keepNames: true,
      plugins: [
        {
          name: 'open private fields',
          setup: ({ onLoad }) => {
            onLoad({ filter: /\/src\/.*\.ts$/ }, ({ path }) => ({
              contents: readFileSync(path, 'utf8').replaceAll(/#(?=[a-zA-Z_])/g, privatePrefix),
              loader: 'ts',
            }));
          },
        },
      ],
    });
    return (await import(pathToFileURL(outfile).href)) as T;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
