import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const index = `${root}dist/index.d.ts`;

/** The project's types that declarations of `exported` name and that are not among them: name and who names it. */
function notExported(checker: ts.TypeChecker, exported: ReadonlyMap<ts.Symbol, string>): string[] {
  const found = new Set<string>();
  const aliasTarget = (symbol: ts.Symbol): ts.Symbol =>
    symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;

  function visit(node: ts.Node, by: string): void {
    const name = ts.isTypeReferenceNode(node)
      ? node.typeName
      : ts.isExpressionWithTypeArguments(node)
        ? node.expression
        : ts.isImportTypeNode(node)
          ? node.qualifier
          : undefined;
    const symbol = name && checker.getSymbolAtLocation(name);
    if (symbol) {
      const target = aliasTarget(symbol);
      const own = target.declarations?.some(
        (one) =>
          one.getSourceFile().fileName.startsWith(`${root}dist/`) && !ts.isTypeParameterDeclaration(one),
      );
      if (own && !exported.has(target)) found.add(`${target.name}, named by ${by}`);
    }
    ts.forEachChild(node, (child) => visit(child, by));
  }

  for (const [symbol, name] of exported)
    for (const declaration of symbol.declarations ?? []) visit(declaration, name);
  return [...found].sort();
}

test.skipIf(!existsSync(index))('every type that an exported declaration names is exported', () => {
  const program = ts.createProgram([index], {
    module: ts.ModuleKind.NodeNext,
    target: ts.ScriptTarget.ES2022,
    skipLibCheck: true,
    types: [],
  });
  const checker = program.getTypeChecker();
  const module = checker.getSymbolAtLocation(program.getSourceFile(index)!)!;
  const exported = new Map(
    checker
      .getExportsOfModule(module)
      .map((one) => [one.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(one) : one, one.name]),
  );
  expect(exported.size).toBeGreaterThan(40);
  expect(notExported(checker, exported)).toEqual([]);
});
