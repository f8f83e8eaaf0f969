import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

/** A project as its files: path from the root, with forward slashes, to text. */
export interface Tree {
  readonly files: ReadonlyMap<string, string>;
  /** Sizes of files that are not text of ours. @unit bytes */
  readonly others: ReadonlyMap<string, number>;
}

/** A rule of the house: what it says, and where a tree breaks it. */
export interface Rule {
  readonly says: string;
  find(tree: Tree): readonly string[];
}

const SKIPPED = new Set(["node_modules", "dist", ".git", "data", "coverage", "reports"]);
const TEXT = /\.(ts|tsx|mjs|cjs|md|json|yaml)$/;

/** Reads a project from disk, without what git ignores. */
export function readTree(root: string): Tree {
  const files = new Map<string, string>();
  const others = new Map<string, number>();
  for (const path of paths(root, "")) {
    if (TEXT.test(path)) files.set(path, readFileSync(join(root, path), "utf8"));
    else others.set(path, statSync(join(root, path)).size);
  }
  return { files, others };
}

function* paths(root: string, folder: string): Iterable<string> {
  for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
    const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory()) {
      if (!SKIPPED.has(entry.name) && !entry.name.startsWith(".stryker")) yield* paths(root, path);
    } else if (entry.isFile()) yield path;
  }
}

/** A tree made by hand, for planting violations. */
export function treeOf(
  files: Readonly<Record<string, string>>,
  others: Readonly<Record<string, number>> = {},
): Tree {
  return { files: new Map(Object.entries(files)), others: new Map(Object.entries(others)) };
}

export const isTest = (path: string): boolean =>
  /\.(test|bench)\.ts$|^test\/|\/conformance(\.ts$|\/)/.test(path);

export const isCode = (path: string): boolean => /\.(ts|tsx|mjs|cjs)$/.test(path);
