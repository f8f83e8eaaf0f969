import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import {
  dataSetsAreDescribed,
  linksResolve,
  noDataSetIsCommitted,
  numbersComeFromBenches,
} from "./tidy/documents.ts";
import {
  kebabCase,
  noEmptyWords,
  roomsAreOnTheMap,
  roomsFitInAGlance,
  scenariosHaveTheirFiles,
} from "./tidy/names.ts";
import {
  arraysSayTheirShape,
  chanceAndTimeHaveTheirPlaces,
  filesAreShort,
  functionsAreShort,
  nothingIsLeftForLater,
  oneWordPerIdea,
} from "./tidy/source.ts";
import { type Rule, readTree, type Tree, treeOf } from "./tidy/tree.ts";

/** The rules of the house, each with a tree that breaks it once, and the place it must name. */
interface Planted {
  readonly rule: Rule;
  readonly tree: Tree;
  readonly found: readonly string[];
}

const later = ["TO", "DO"].join("");
const planted: readonly Planted[] = [
  {
    rule: noEmptyWords,
    tree: treeOf({ "src/model/utils.ts": "", "src/core/a.ts": "", "src/model/cores.ts": "" }),
    found: ["src/model/utils.ts", "src/core/a.ts"],
  },
  {
    rule: kebabCase,
    tree: treeOf({ "src/model/camelCase.ts": "", "src/model/kebab-case.test.ts": "" }),
    found: ["src/model/camelCase.ts"],
  },
  {
    rule: roomsFitInAGlance,
    tree: treeOf(
      Object.fromEntries(Array.from({ length: 26 }, (_, at) => [`src/model/part-${at}.ts`, ""])),
    ),
    found: ["src/model: 26 files"],
  },
  {
    rule: scenariosHaveTheirFiles,
    tree: treeOf(
      Object.fromEntries(
        "README.md schema.ts gather.ts fit.ts decide.ts routes.ts index.ts"
          .split(" ")
          .map((file) => [`src/scenarios/ads/${file}`, ""]),
      ),
    ),
    found: ["src/scenarios/ads/score.ts"],
  },
  {
    rule: roomsAreOnTheMap,
    tree: treeOf({
      "ARCHITECTURE.md": "| `src/collect` | x |\n| `src/trust` | (opens with y) |\n",
      "src/model/a.ts": "",
    }),
    found: ["not on the map: src/model", "not on disk: src/collect"],
  },
  {
    rule: chanceAndTimeHaveTheirPlaces,
    tree: treeOf({
      "src/clock.ts": "export const now = () => Date.now();",
      "src/model/a.bench.ts": "performance.now();\nDate.now();",
      "src/model/a.ts":
        '// Date.now is for the clock\nconst a = Math.random();\nconst b = new Date();\nconst c = new Date(0);\nconst d = "Date.now";',
    }),
    found: ["src/model/a.bench.ts:2", "src/model/a.ts:2", "src/model/a.ts:3"],
  },
  {
    rule: nothingIsLeftForLater,
    tree: treeOf({ "src/model/a.ts": `const a = 1;\n// ${later}: more\n` }),
    found: ["src/model/a.ts:2"],
  },
  {
    rule: filesAreShort,
    tree: treeOf({ "src/a.ts": "1;\n".repeat(501), "src/b.ts": "1;\n".repeat(500) }),
    found: ["src/a.ts: 501 lines"],
  },
  {
    rule: functionsAreShort,
    tree: treeOf({
      "src/a.ts": `function short() {\n${"1;\n".repeat(68)}}\nconst long = () => {\n${"1;\n".repeat(69)}};`,
    }),
    found: ["src/a.ts:71: 71 lines"],
  },
  {
    rule: arraysSayTheirShape,
    tree: treeOf({
      "src/tensor/a.ts": [
        "/** Adds. @shape x [n] */",
        "export function good(x: Float32Array): number { return x.length; }",
        "/** Adds. */",
        "export function bad(x: Float32Array): number { return x.length; }",
        "export const worse = (n: number): Int32Array => new Int32Array(n);",
        "export function free(n: number): number { return n; }",
      ].join("\n"),
    }),
    found: ["src/tensor/a.ts:4: bad", "src/tensor/a.ts:5: worse"],
  },
  {
    rule: oneWordPerIdea,
    tree: treeOf({ "src/model/a.ts": "export function findUserById() {}\nexport const used = 1;" }),
    found: ["src/model/a.ts: findUserById: say shopper, not user"],
  },
  {
    rule: linksResolve,
    tree: treeOf({
      "README.md":
        "[a](docs/a.md) [b](docs/a.md#the-way) [c](docs/b.md) [d](#nowhere) [e](https://example.org) `[f](x)`",
      "docs/a.md": "# The way\n[up](../README.md) [folder](../docs)",
    }),
    found: ["README.md: docs/b.md", "README.md: #nowhere"],
  },
  {
    rule: numbersComeFromBenches,
    tree: treeOf({
      "bench/r.json": '{"hr":{"HR@10":0.07186},"n":12345}',
      "README.md":
        "<!-- bench/r.json#/hr/HR@10 -->.0719 <!-- bench/r.json#/hr/HR@10 -->7.2 % <!-- bench/r.json#/n -->12,345 <!-- bench/r.json#/hr/HR@10 -->.0720 <!-- bench/r.json#/none -->1",
    }),
    found: [
      "README.md: bench/r.json#/hr/HR@10 is 0.07186, not .0720",
      "README.md: bench/r.json#/none is undefined, not 1",
    ],
  },
  {
    rule: dataSetsAreDescribed,
    tree: treeOf({
      "docs/guide/data-sets.md": "| `known-set` | x |\n",
      "src/a.test.ts": `dataFolder(${'"known-set"'}); describeWithData(${'"hidden-set"'}, suite);`,
    }),
    found: ["src/a.test.ts: hidden-set"],
  },
  {
    rule: noDataSetIsCommitted,
    tree: treeOf({}, { "test/tiny.csv": 200, "test/ratings.csv": 20_000, "logo.png": 90_000 }),
    found: ["test/ratings.csv: 20000 bytes"],
  },
];

const root = join(fileURLToPath(import.meta.url), "../..");
const project = readTree(root);

describe("the project keeps the rules of the house", () => {
  test.each(planted)("$rule.says", ({ rule }) => {
    expect(rule.find(project)).toEqual([]);
  });
});

describe("each rule is seen to fire", () => {
  test.each(planted)("$rule.says", ({ rule, tree, found }) => {
    expect(rule.find(tree)).toEqual(found);
  });
});
