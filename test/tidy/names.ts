import { isCode, isTest, type Rule, type Tree } from "./tree.ts";

const EMPTY_WORDS = new Set([
  "util",
  "utils",
  "helper",
  "helpers",
  "common",
  "shared",
  "misc",
  "core",
  "base",
  "manager",
]);
const OURS = /^(src|test|scripts|config|web|tracker|client|examples)\//;
const KEBAB = /^[a-z0-9]+(-[a-z0-9]+)*$/;

/** Every folder and file name of a path, without extensions. */
const parts = (path: string): readonly string[] =>
  path.split("/").map((part) => part.replace(/\..*$/, ""));

const ours = (tree: Tree): readonly string[] =>
  [...tree.files.keys()].filter((path) => OURS.test(path));

export const noEmptyWords: Rule = {
  says: "no folder or file is called utils, helpers, common, shared, misc, core, base or manager",
  find: (tree) => ours(tree).filter((path) => parts(path).some((part) => EMPTY_WORDS.has(part))),
};

export const kebabCase: Rule = {
  says: "folders and code files are kebab-case",
  find: (tree) =>
    ours(tree).filter((path) => isCode(path) && !parts(path).every((part) => KEBAB.test(part))),
};

const FILES_MOST = 25;

export const roomsFitInAGlance: Rule = {
  says: `a folder of src holds at most ${FILES_MOST} files beside their tests`,
  find(tree) {
    const counts = new Map<string, number>();
    for (const path of tree.files.keys()) {
      if (!path.startsWith("src/") || !isCode(path) || isTest(path)) continue;
      const folder = path.slice(0, path.lastIndexOf("/"));
      counts.set(folder, (counts.get(folder) ?? 0) + 1);
    }
    return [...counts].flatMap(([folder, n]) => (n > FILES_MOST ? [`${folder}: ${n} files`] : []));
  },
};

const SCENARIO_FILES =
  "README.md schema.ts gather.ts fit.ts decide.ts score.ts routes.ts index.ts".split(" ");

export const scenariosHaveTheirFiles: Rule = {
  says: "a scenario folder holds README, schema, gather, fit, decide, score, routes and index",
  find(tree) {
    const names = new Set<string>();
    for (const path of tree.files.keys()) {
      const name = /^src\/scenarios\/([^/]+)\//.exec(path)?.[1];
      if (name !== undefined) names.add(name);
    }
    return [...names].flatMap((name) =>
      SCENARIO_FILES.map((file) => `src/scenarios/${name}/${file}`).filter(
        (path) => !tree.files.has(path),
      ),
    );
  },
};

export const roomsAreOnTheMap: Rule = {
  says: "the rooms on disk are the rooms in ARCHITECTURE.md",
  find(tree) {
    const map = tree.files.get("ARCHITECTURE.md") ?? "";
    const rows = [...map.matchAll(/^\| `src\/([a-z-]+)` \|(.*)$/gm)];
    const drawn = new Set(rows.map(([, room = ""]) => room));
    const planned = new Set(
      rows.filter(([, , about = ""]) => about.includes("(opens with")).map(([, room]) => room),
    );
    const real = new Set<string>();
    for (const path of tree.files.keys()) {
      const room = /^src\/([^/]+)\//.exec(path)?.[1];
      if (room !== undefined) real.add(room);
    }
    return [
      ...[...real].filter((room) => !drawn.has(room)).map((room) => `not on the map: src/${room}`),
      ...[...drawn]
        .filter((room) => !real.has(room) && !planned.has(room))
        .map((room) => `not on disk: src/${room}`),
    ];
  },
};
