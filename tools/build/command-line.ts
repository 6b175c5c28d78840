/**
 * Last step of `npm run build`: makes one program of the command line's modules in dist/, where tsc has put them, since
 * Node takes longer to find and load some hundred small files than to run them. What a command imports on demand stays
 * apart. All files lie in dist/cli itself, so that `new URL(…, import.meta.url)` in the sources holds for them too.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = resolve(root, 'dist/cli');

const { outputFiles } = await build({
  absWorkingDir: root,
  entryPoints: {
    main: 'dist/cli/main.js',
    boots: 'dist/cli/workers/boots.js',
    recordings: 'dist/cli/workers/recordings.js',
  },
  outdir: folder,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.12',
  // Installed with the package; iced-x86 reads its WebAssembly from beside its own file.
  packages: 'external',
  // For ZEROPAGE_DEBUG: file and line in the sources; their text is not needed for that.
  sourcemap: 'linked',
  sourcesContent: false,
  // The inputs are replaced.
  write: false,
  allowOverwrite: true,
  logLevel: 'warning',
});
rmSync(folder, { recursive: true });
for (const { path, contents } of outputFiles) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, contents);
}
