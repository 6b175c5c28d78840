/**
 * Makes one script of the modules that run in a comparison's page. It is kept among the sources, since pages are also written
 * where nothing can be bundled: by a tool that runs from the sources, and in a browser. `--write` renews it; exit codes: 0
 * current, 1 outdated.
 */
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { keepCurrent } from './generated-file.js';

const { outputFiles } = await build({
  absWorkingDir: fileURLToPath(new URL('../..', import.meta.url)),
  entryPoints: ['src/view/page/client/main.ts'],
  bundle: true,
  format: 'esm',
  platform: 'browser',
  target: 'es2022',
  minify: true,
  charset: 'utf8',
  legalComments: 'none',
  write: false,
  logLevel: 'warning',
});
const text = `// Made by tools/table/page-script.ts of src/view/page/client/.
export const pageScript =
  ${JSON.stringify(outputFiles[0]!.text.trim())};
`;
keepCurrent('page-script.ts', [{ path: 'src/view/page/script.generated.ts', text }]);
