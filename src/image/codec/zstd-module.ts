// zstd itself, compiled to WebAssembly in the package zstddec, which gives neither its bytes nor its module away.

let compiled: Promise<object> | undefined;

/** The compiled module, once for all streams; a failure is not kept. */
export function zstdModule(): Promise<object> {
  compiled ??= compile().catch((error: unknown) => {
    compiled = undefined;
    throw error;
  });
  return compiled;
}

/** zstddec keeps one instance for ever; its `_init` hook is where the module can be had. */
async function compile(): Promise<object> {
  const { ZSTDDecoder } = await import('zstddec/stream');
  const decoder = new ZSTDDecoder();
  const original = decoder._init;
  let module: object | undefined;
  decoder._init = (result) => {
    module = result.module;
    original(result);
  };
  await withoutFetch(() => decoder.init());
  if (!module) throw new Error('zstd: zstddec was initialised before zeropage could take its module');
  return module;
}

/**
 * Runs `init`, which fetches a data: URL before it first waits. A content security policy that allows no connection
 * refuses that, and Node loads its HTTP client for it (50 ms of processor time); so during this call, in which no other
 * code can run, there is a `fetch` that decodes the URL.
 */
function withoutFetch<T>(init: () => T): T {
  const before = Object.getOwnPropertyDescriptor(globalThis, 'fetch');
  const fetch = async (url: string): Promise<Pick<Response, 'arrayBuffer'>> => ({
    arrayBuffer: async () => Uint8Array.from(atob(url.slice(url.indexOf(',') + 1)), charCode).buffer,
  });
  Object.defineProperty(globalThis, 'fetch', { value: fetch, configurable: true, writable: true });
  try {
    return init();
  } finally {
    if (before) Object.defineProperty(globalThis, 'fetch', before);
    else Reflect.deleteProperty(globalThis, 'fetch');
  }
}

function charCode(char: string): number {
  return char.charCodeAt(0);
}
