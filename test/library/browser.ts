import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { build } from 'esbuild';

/** The policy that docs/library.md promises to work. */
const policy = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'none'";

/** The program of a page that hands bytes to a worker and keeps what the worker answers. */
const page = `
globalThis.violations = [];
document.addEventListener('securitypolicyviolation', (event) => violations.push(event.violatedDirective));
const worker = new Worker('/worker.js', { type: 'module' });
globalThis.run = (base64) => new Promise((resolve, reject) => {
  worker.onmessage = ({ data }) => resolve(data);
  worker.onerror = (event) => reject(new Error(event.message));
  worker.postMessage(Uint8Array.from(atob(base64), (char) => char.charCodeAt(0)));
});`;

/** A site with the modules, which are bundled into one worker; they answer with what each printed or threw. */
export async function serveExamples(modules: readonly string[], root: string): Promise<Server> {
  const worker = [
    ...modules.map((file, i) => `import example${i} from ${JSON.stringify(file)};`),
    `const examples = [${modules.map((_, i) => `example${i}`).join(', ')}];`,
    `const violations = [];
    self.addEventListener('securitypolicyviolation', (event) => violations.push(event.violatedDirective));
    self.onmessage = async ({ data }) => {
      const printed = [];
      for (const example of examples) {
        let text = '';
        try {
          await example(data, { log: (...words) => (text += words.join(' ') + '\\n') });
        } catch (error) {
          text += error.stack;
        }
        printed.push(text);
      }
      self.postMessage({ printed, violations });
    };`,
  ].join('\n');
  const { outputFiles } = await build({
    stdin: { contents: worker, resolveDir: root },
    outfile: '/worker.js',
    bundle: true,
    format: 'esm',
    platform: 'browser',
    write: false,
    logLevel: 'silent',
  });
  const files = new Map([
    ['/', ['text/html', '<!doctype html><title>zeropage</title><script src="/page.js"></script>']],
    ['/page.js', ['text/javascript', page]],
    ['/worker.js', ['text/javascript', outputFiles[0]!.text]],
  ]);
  const server = createServer((request, response) => {
    const [type, text] = files.get(request.url ?? '') ?? ['text/plain', ''];
    response.writeHead(text ? 200 : 404, { 'content-type': type, 'content-security-policy': policy });
    response.end(text);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

/** Where a server listens. */
export function addressOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}
