/** Data as text of a page: JSON, gzip, base64. */
export async function packed(value: unknown): Promise<string> {
  const { gzip } = await import('pako');
  return base64(gzip(new TextEncoder().encode(JSON.stringify(value)), { level: 9 }));
}

/** Reads it again, by what browsers bring. */
export async function unpacked<T>(text: string): Promise<T> {
  const bytes = Uint8Array.from(atob(text.trim()), (character) => character.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'));
  return (await new Response(stream).json()) as T;
}

/** A hash as content security policies name it: sha256-… */
export async function policyHash(text: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  return `'sha256-${base64(new Uint8Array(digest))}'`;
}

function base64(bytes: Uint8Array): string {
  const pieces: string[] = [];
  // Arguments of one call are limited.
  for (let at = 0; at < bytes.length; at += 0x8000)
    pieces.push(String.fromCharCode(...bytes.subarray(at, at + 0x8000)));
  return btoa(pieces.join(''));
}
