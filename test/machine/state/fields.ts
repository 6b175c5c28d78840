import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

/** A field as its class declares it. */
export interface Field {
  readonly name: string;
  readonly readonly: boolean;
  /** The reason behind `@unsaved`; undefined where the field is to be saved. */
  readonly unsaved: string | undefined;
  /** Its type as written, or that of a parameter property; empty where it follows from the value. */
  readonly type: string;
}

export interface ClassFields {
  readonly file: string;
  readonly base: string | undefined;
  readonly fields: readonly Field[];
}

/** Fields of all classes below some folders, by class name. Private names begin with `privatePrefix` instead of `#`. */
export function classFields(
  root: string,
  folders: readonly string[],
  privatePrefix: string,
): Map<string, ClassFields> {
  const found = new Map<string, ClassFields>();
  for (const folder of folders) {
    for (const name of readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })) {
      if (!name.endsWith('.ts') || name.endsWith('.test.ts')) continue;
      const file = join(folder, name);
      const source = ts.createSourceFile(
        file,
        readFileSync(join(root, file), 'utf8'),
        ts.ScriptTarget.ESNext,
        true,
      );
      const visit = (node: ts.Node): void => {
        if (ts.isClassDeclaration(node) && node.name) {
          if (found.has(node.name.text)) throw new Error(`two classes are named ${node.name.text}`);
          found.set(node.name.text, fieldsOf(node, file, privatePrefix));
        }
        ts.forEachChild(node, visit);
      };
      visit(source);
    }
  }
  return found;
}

function fieldsOf(node: ts.ClassDeclaration, file: string, privatePrefix: string): ClassFields {
  const whole = unsavedIn(node);
  const properties = node.members.filter(ts.isPropertyDeclaration);
  const parameters = node.members
    .filter(ts.isConstructorDeclaration)
    .flatMap(({ parameters }) =>
      parameters.filter((parameter) => ts.isParameterPropertyDeclaration(parameter, parameter.parent)),
    );
  const heritage = node.heritageClauses?.find(({ token }) => token === ts.SyntaxKind.ExtendsKeyword);
  return {
    file,
    base: heritage?.types[0]?.expression.getText(),
    fields: [...properties, ...parameters].map((member) => ({
      name: member.name.getText().replace(/^#/, privatePrefix),
      readonly: member.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ReadonlyKeyword) ?? false,
      unsaved: whole ?? unsavedIn(member),
      type: member.type?.getText() ?? '',
    })),
  };
}

/** The reason behind `@unsaved` in a declaration's comment. */
function unsavedIn(node: ts.Node): string | undefined {
  const comments = ts.getJSDocCommentsAndTags(node).map((comment) => comment.getText());
  return /@unsaved\s+([^*]+)/.exec(comments.join('\n'))?.[1]?.trim();
}
