import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const index = `${root}dist/index.d.ts`;
const example = /^```ts\n([\s\S]*?)^```$/m.exec(readFileSync(`${root}docs/contract.md`, 'utf8'))![1]!;

/** What the compiler says of each of some contracts in TypeScript. */
function problems(texts: readonly string[]): string[][] {
  const files = new Map(texts.map((text, i) => [`${root}contract-${i}.ts`, text]));
  const options: ts.CompilerOptions = {
    module: ts.ModuleKind.NodeNext,
    target: ts.ScriptTarget.ES2022,
    strict: true,
    skipLibCheck: true,
    noEmit: true,
    types: [],
  };
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists } = host;
  host.fileExists = (file) => files.has(file) || fileExists(file);
  host.getSourceFile = (file, ...rest) => {
    const text = files.get(file);
    return text === undefined
      ? getSourceFile(file, ...rest)
      : ts.createSourceFile(file, text, ts.ScriptTarget.ES2022);
  };
  // The package itself, as whoever has installed it.
  host.resolveModuleNameLiterals = (literals, from, redirected, compilerOptions) =>
    literals.map(({ text: module }) =>
      module === 'zeropage'
        ? { resolvedModule: { resolvedFileName: index, extension: ts.Extension.Dts } }
        : ts.resolveModuleName(module, from, compilerOptions, host, undefined, redirected),
    );
  const program = ts.createProgram([...files.keys()], options, host);
  return [...files.keys()].map((file) =>
    program
      .getSemanticDiagnostics(program.getSourceFile(file))
      .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' ')),
  );
}

test.skipIf(!existsSync(index))('the type Contract takes the example, and refuses what is none', () => {
  const wrong = [
    example.replace("reaches: 'userspace'", "offered: 'pvg'"),
    example.replace('reaches:', 'reches:'),
  ];
  expect(problems([example, ...wrong])).toEqual([
    [],
    [expect.stringMatching(/'"pvg"' is not assignable/)],
    [expect.stringContaining("'reches'")],
  ]);
});
