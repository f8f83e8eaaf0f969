import ts from "typescript";
import { isCode, isTest, type Rule, type Tree } from "./tree.ts";

/** Rules that read the code as the compiler does, so that words in comments and texts do not count. */
function eachSource<T>(
  tree: Tree,
  wanted: (path: string) => boolean,
  visit: (source: ts.SourceFile, path: string) => readonly T[],
): readonly T[] {
  return [...tree.files].flatMap(([path, text]) =>
    wanted(path) && isCode(path) ? visit(sourceOf(path, text), path) : [],
  );
}

const parsed = new Map<string, ts.SourceFile>();

function sourceOf(path: string, text: string): ts.SourceFile {
  const known = parsed.get(path);
  if (known?.text === text) return known;
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.ES2023, true);
  parsed.set(path, source);
  return source;
}

function walk(node: ts.Node, visit: (node: ts.Node) => void): void {
  visit(node);
  ts.forEachChild(node, (child) => walk(child, visit));
}

const lineOf = (source: ts.SourceFile, position: number): number =>
  source.getLineAndCharacterOfPosition(position).line + 1;

const CHANCE_AND_TIME = ["Math.random", "Date.now", "performance.now"];
const THEIR_PLACES = new Set(["src/tensor/random.ts", "src/clock.ts"]);
/** A bench measures time; what it measures is still made from a seed. */
const BENCHES_MAY = "performance.now";

export const chanceAndTimeHaveTheirPlaces: Rule = {
  says: "Math.random, Date.now, performance.now and new Date() stand in random.ts and clock.ts alone",
  find: (tree) =>
    eachSource(
      tree,
      (path) => path.startsWith("src/") && !THEIR_PLACES.has(path),
      (source, path) => {
        const found: string[] = [];
        walk(source, (node) => {
          if (isChanceOrTime(node, path.endsWith(".bench.ts")))
            found.push(`${path}:${lineOf(source, node.getStart())}`);
        });
        return found;
      },
    ),
};

function isChanceOrTime(node: ts.Node, isBench: boolean): boolean {
  if (ts.isPropertyAccessExpression(node)) {
    const called = `${node.expression.getText()}.${node.name.text}`;
    return CHANCE_AND_TIME.includes(called) && !(isBench && called === BENCHES_MAY);
  }
  if (!ts.isNewExpression(node) || node.expression.getText() !== "Date") return false;
  return node.arguments === undefined || node.arguments.length === 0;
}

const UNFINISHED = new RegExp(`\\b(${["FIX", "TO"].join("ME|")}DO)\\b`);

export const nothingIsLeftForLater: Rule = {
  says: "no comment leaves work for later",
  find: (tree) =>
    [...tree.files].flatMap(([path, text]) =>
      text.split("\n").flatMap((line, at) => (UNFINISHED.test(line) ? [`${path}:${at + 1}`] : [])),
    ),
};

const FILE_LINES_MOST = 500;
const FUNCTION_LINES_MOST = 70;
const isShipped = (path: string): boolean => /^(src|scripts)\//.test(path) && !isTest(path);

export const filesAreShort: Rule = {
  says: `a file has at most ${FILE_LINES_MOST} lines`,
  find: (tree) =>
    [...tree.files].flatMap(([path, text]) => {
      const lines = text.trimEnd().split("\n").length;
      return isCode(path) && isShipped(path) && lines > FILE_LINES_MOST
        ? [`${path}: ${lines} lines`]
        : [];
    }),
};

export const functionsAreShort: Rule = {
  says: `a function has at most ${FUNCTION_LINES_MOST} lines`,
  find: (tree) =>
    eachSource(tree, isShipped, (source, path) => {
      const found: string[] = [];
      walk(source, (node) => {
        if (!ts.isFunctionLike(node) || !("body" in node) || !node.body) return;
        const first = lineOf(source, node.getStart());
        const lines = lineOf(source, node.getEnd()) - first + 1;
        if (lines > FUNCTION_LINES_MOST) found.push(`${path}:${first}: ${lines} lines`);
      });
      return found;
    }),
};

/** Uint8Array is left out: it is as often bytes of a file as numbers. */
const TYPED_ARRAY = /\b(Float32|Float64|Int8|Int16|Int32|Uint16|Uint32)Array\b/;

export const arraysSayTheirShape: Rule = {
  says: "an exported function over typed arrays says @shape or @unit",
  find: (tree) =>
    eachSource(
      tree,
      (path) => /^src\/(tensor|algorithms)\//.test(path) && !isTest(path),
      (source, path) =>
        source.statements.flatMap((statement) => {
          const exported = exportedFunction(statement);
          if (!exported || !TYPED_ARRAY.test(exported.signature)) return [];
          const words = ts.getJSDocCommentsAndTags(statement).map((doc) => doc.getText());
          return /@(shape|unit)\b/.test(words.join("\n"))
            ? []
            : [`${path}:${lineOf(source, statement.getStart())}: ${exported.name}`];
        }),
    ),
};

interface ExportedFunction {
  readonly name: string;
  /** Types of what it takes and gives. */
  readonly signature: string;
}

function exportedFunction(statement: ts.Statement): ExportedFunction | undefined {
  if (!ts.canHaveModifiers(statement)) return undefined;
  const isExport = (modifier: ts.Modifier): boolean =>
    modifier.kind === ts.SyntaxKind.ExportKeyword;
  if (!ts.getModifiers(statement)?.some(isExport)) return undefined;
  if (ts.isFunctionDeclaration(statement) && statement.name) {
    return { name: statement.name.text, signature: signatureOf(statement) };
  }
  if (!ts.isVariableStatement(statement)) return undefined;
  const [declared] = statement.declarationList.declarations;
  const made = declared?.initializer;
  if (!declared || !made || !(ts.isArrowFunction(made) || ts.isFunctionExpression(made))) {
    return undefined;
  }
  return {
    name: declared.name.getText(),
    signature: `${declared.type?.getText() ?? ""} ${signatureOf(made)}`,
  };
}

const signatureOf = (made: ts.SignatureDeclaration): string =>
  [...made.parameters.map((one) => one.type), made.type].map((type) => type?.getText()).join(" ");

const FOREIGN_WORDS: Readonly<Record<string, string>> = {
  user: "shopper",
  users: "shoppers",
  customer: "shopper",
  customers: "shoppers",
  sku: "item",
  skus: "items",
};
/** Engines speak as their makers do; who signs in to the admin is a user, and buys nothing. */
const OTHER_TONGUE = /^src\/(storage\/engines\/|serve\/access\/|cli\/operate\/users\.)/;
const EXPORTED_NAME =
  /^export (?:declare )?(?:async )?(?:function\*?|const|class|interface|type) (\w+)/gm;

export const oneWordPerIdea: Rule = {
  says: "exported names speak of shoppers and items; only engines speak their makers' language",
  find: (tree) =>
    [...tree.files].flatMap(([path, text]) => {
      if (!path.startsWith("src/") || OTHER_TONGUE.test(path)) return [];
      return [...text.matchAll(EXPORTED_NAME)].flatMap(([, name = ""]) =>
        wordsOf(name)
          .filter((word) => Object.hasOwn(FOREIGN_WORDS, word))
          .map((word) => `${path}: ${name}: say ${FOREIGN_WORDS[word]}, not ${word}`),
      );
    }),
};

const wordsOf = (name: string): readonly string[] =>
  name
    .replaceAll(/([A-Z])/g, " $1")
    .toLowerCase()
    .split(/[ _]+/);
