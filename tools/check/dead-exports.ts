import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

/** Sources by their path from the project's root. */
export type Sources = ReadonlyMap<string, string>;

const root = fileURLToPath(new URL('../..', import.meta.url));
const folders = ['src', 'test', 'tools', 'bench'];

/** Files whose exports are for others than the project itself. */
const entryPoints: ReadonlySet<string> = new Set(['src/index.ts']);

/** All sources of the project. */
export function projectSources(): Sources {
  const files = folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((file) => join(folder, file)),
  );
  const sources = files.filter((file) => /\.(ts|mjs)$/.test(file)).sort();
  return new Map(sources.map((file) => [file, readFileSync(join(root, file), 'utf8')]));
}

/** What one file exports, and what it takes from others. */
interface Module {
  /** `isType`: a class is one too. */
  readonly exports: readonly { readonly name: string; readonly isType: boolean }[];
  /** By the path of the file; '*' stands for all of its names. */
  readonly imports: readonly (readonly [from: string, name: string])[];
  readonly tree: ts.SourceFile;
}

/**
 * Exports of `src/` that no other file takes, as `path: name`. A type may be exported for what the same file says with it; an
 * export that only a test takes is alive.
 */
export function deadExports(sources: Sources): string[] {
  const modules = new Map([...sources].map(([path, text]) => [path, moduleOf(path, text, sources)]));
  const taken = new Set([...modules.values()].flatMap(({ imports }) => imports.map((one) => one.join(': '))));
  return [...modules].flatMap(([path, { exports, tree }]) => {
    if (!path.startsWith('src/') || entryPoints.has(path) || taken.has(`${path}: *`)) return [];
    const dead = exports.filter(
      ({ name, isType }) => !taken.has(`${path}: ${name}`) && !(isType && mentions(tree, name) > 1),
    );
    return dead.map(({ name }) => `${path}: ${name}`);
  });
}

function moduleOf(path: string, text: string, sources: Sources): Module {
  const tree = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const exports: { name: string; isType: boolean }[] = [];
  const imports: [string, string][] = [];
  const fileOf = (specifier: string): string => {
    const there = normalize(join(dirname(path), specifier));
    return sources.has(there) ? there : there.replace(/\.js$/, '.ts');
  };
  for (const statement of tree.statements) {
    if (ts.isImportDeclaration(statement)) {
      const from = fileOf(textOf(statement.moduleSpecifier));
      const bindings = statement.importClause?.namedBindings;
      if (bindings && ts.isNamespaceImport(bindings)) imports.push([from, '*']);
      else
        for (const { name, propertyName } of bindings?.elements ?? [])
          imports.push([from, (propertyName ?? name).text]);
    } else if (ts.isExportDeclaration(statement)) {
      const from = statement.moduleSpecifier && fileOf(textOf(statement.moduleSpecifier));
      const named = statement.exportClause && ts.isNamedExports(statement.exportClause);
      if (from && !named) imports.push([from, '*']);
      const elements = named ? (statement.exportClause as ts.NamedExports).elements : [];
      for (const { name, propertyName, isTypeOnly } of elements) {
        exports.push({ name: name.text, isType: isTypeOnly || statement.isTypeOnly });
        if (from) imports.push([from, (propertyName ?? name).text]);
      }
    } else exports.push(...declared(statement));
  }
  const look = (node: ts.Node): void => {
    // import('…'), as a call or as a type, and files that are named to be imported elsewhere.
    if (ts.isStringLiteralLike(node) && !ts.isImportDeclaration(node.parent) && /\.js$/.test(node.text))
      imports.push([fileOf(node.text), '*'], [`src/${node.text.replace(/\.js$/, '.ts')}`, '*']);
    ts.forEachChild(node, look);
  };
  for (const statement of tree.statements) if (!ts.isExportDeclaration(statement)) look(statement);
  return { exports, imports, tree };
}

const textOf = (node: ts.Expression): string => (node as ts.StringLiteral).text;

/** Names that a statement declares and exports. */
function declared(statement: ts.Statement): { name: string; isType: boolean }[] {
  const modifiers = ts.canHaveModifiers(statement) ? (ts.getModifiers(statement) ?? []) : [];
  if (!modifiers.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)) return [];
  if (ts.isVariableStatement(statement))
    return statement.declarationList.declarations.flatMap(({ name }) => namesOf(name));
  const { name } = statement as ts.Statement & { name?: ts.Identifier };
  const isType =
    ts.isInterfaceDeclaration(statement) ||
    ts.isTypeAliasDeclaration(statement) ||
    ts.isClassDeclaration(statement);
  return name ? [{ name: name.text, isType }] : [];
}

function namesOf(name: ts.BindingName): { name: string; isType: boolean }[] {
  if (ts.isIdentifier(name)) return [{ name: name.text, isType: false }];
  return name.elements.flatMap((element) => (ts.isBindingElement(element) ? namesOf(element.name) : []));
}

function mentions(tree: ts.SourceFile, name: string): number {
  let found = 0;
  const look = (node: ts.Node): void => {
    if (ts.isIdentifier(node) && node.text === name) found++;
    ts.forEachChild(node, look);
  };
  look(tree);
  return found;
}
