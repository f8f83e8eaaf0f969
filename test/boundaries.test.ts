import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

/**
 * Every import rule, seen to fire. Each entry is a file that breaks the rule of its key; all are
 * planted in one small tree beside innocent files, and the checker runs once.
 */
const file = "../config/boundaries.cjs";
const boundaries = createRequire(import.meta.url)(file) as { forbidden: { name: string }[] };

const innocent: Record<string, string> = {
  "src/assert.ts": "export const assert = 1;",
  "src/errors.ts": "export const errors = 1;",
  "src/clock.ts": "export const clock = 1;",
  "src/schema.ts": "export const schema = 1;",
  "src/index.ts": 'export { platform } from "./platform.ts";',
  "src/config.ts": [
    'import { errors } from "./errors.ts";',
    'import { schema } from "./schema.ts";',
    "export const config = [errors, schema];",
  ].join("\n"),
  "src/platform.ts": [
    'import { clock } from "./clock.ts";',
    'import { config } from "./config.ts";',
    'import { engine } from "./storage/engines/engine.ts";',
    "export const platform = [clock, config, engine];",
  ].join("\n"),
  "src/storage/engines/engine.ts":
    'import duck from "@duckdb/node-api";\nexport const engine = duck;',
  "src/tensor/random.ts": 'import { assert } from "../assert.ts";\nexport const random = assert;',
  "src/tensor/layer.ts": 'import { random } from "./random.ts";\nexport const layer = random;',
  "src/simulate/shop.ts":
    'import { random } from "../tensor/random.ts";\nexport const shop = random;',
  "src/cli/start.ts":
    'import { shop } from "../simulate/shop.ts";\nimport { platform } from "../platform.ts";\nexport const start = [shop, platform];',
  "src/scenarios/search/schema.ts": "export const search = 1;\nexport type Search = number;",
  "src/scenarios/search/decide.ts":
    'import { search } from "./schema.ts";\nexport const decide = search;',
  "src/scenarios/search/decide.test.ts":
    'import { decide } from "./decide.ts";\nexport const t = decide;',
};

const upward = (room: string, above: string): [string, Record<string, string>] => [
  `${room}-imports-only-from-below`,
  {
    [`src/${room}/upward.ts`]: `import { x } from "../${above}/target.ts";\nexport const up = x;`,
    [`src/${above}/target.ts`]: "export const x = 1;",
  },
];

const plants = new Map<string, Record<string, string>>([
  upward("tensor", "algorithms"),
  upward("algorithms", "storage"),
  upward("storage", "collect"),
  upward("collect", "simulate"),
  upward("simulate", "features"),
  upward("features", "evaluate"),
  upward("evaluate", "trust"),
  upward("trust", "model"),
  upward("model", "scenarios"),
  upward("scenarios", "serve"),
  upward("serve", "cli"),
  [
    "no-cycle",
    {
      "src/trust/a.ts": 'import { b } from "./b.ts";\nexport const a = (): unknown => b;',
      "src/trust/b.ts": 'import { a } from "./a.ts";\nexport const b = (): unknown => a;',
    },
  ],
  ["no-orphan", { "src/model/alone.ts": "export const alone = 1;" }],
  [
    "floor-imports-nothing",
    {
      "src/errors.ts":
        'import { random } from "./tensor/random.ts";\nexport const errors = random;',
    },
  ],
  [
    "settings-stand-on-the-floor",
    {
      "src/config.ts":
        'import { random } from "./tensor/random.ts";\nexport const config = random;',
    },
  ],
  [
    "numeric-core-stands-on-the-floor",
    {
      "src/tensor/settings.ts": 'import { config } from "../config.ts";\nexport const c = config;',
    },
  ],
  [
    "nobody-inside-uses-the-front-door",
    { "src/serve/door.ts": 'import { platform } from "../index.ts";\nexport const d = platform;' },
  ],
  [
    "platform-only-from-the-doors",
    {
      "src/model/all.ts": 'import { platform } from "../platform.ts";\nexport const p = platform;',
    },
  ],
  [
    "simulate-takes-only-seeds-from-tensor",
    {
      "src/simulate/learn.ts":
        'import { layer } from "../tensor/layer.ts";\nexport const l = layer;',
    },
  ],
  [
    "nobody-who-learns-knows-the-simulated-truth",
    { "src/model/cheat.ts": 'import { shop } from "../simulate/shop.ts";\nexport const s = shop;' },
  ],
  [
    "scenarios-do-not-call-each-other",
    {
      "src/scenarios/ads/call.ts":
        'import { decide } from "../search/decide.ts";\nexport const c = decide;',
    },
  ],
  [
    "scenarios-borrow-types-only",
    {
      "src/scenarios/ads/value.ts":
        'import { search } from "../search/schema.ts";\nexport const v = search;',
    },
  ],
  [
    "schema-is-plain",
    {
      "src/scenarios/ads/schema.ts":
        'import { clock } from "../../clock.ts";\nexport const s = clock;',
    },
  ],
  [
    "fit-and-score-are-pure",
    {
      "src/scenarios/ads/fit.ts":
        'import { readFileSync } from "node:fs";\nexport const f = readFileSync;',
    },
  ],
  [
    "engines-only-from-platform",
    {
      "src/features/engine.ts":
        'import { engine } from "../storage/engines/engine.ts";\nexport const e = engine;',
    },
  ],
  [
    "database-clients-only-in-engines",
    { "src/features/sql.ts": 'import duck from "@duckdb/node-api";\nexport const d = duck;' },
  ],
  [
    "onnx-runtime-only-in-tensor",
    { "src/model/onnx.ts": 'import onnx from "onnxruntime-node";\nexport const o = onnx;' },
  ],
  [
    "http-only-in-serve",
    { "src/cli/http.ts": 'import fastify from "fastify";\nexport const f = fastify;' },
  ],
  [
    "page-sees-its-schema-and-the-ui-kit",
    {
      "src/scenarios/search/page.tsx":
        'import { decide } from "./decide.ts";\nexport const page = decide;',
    },
  ],
  [
    "web-sees-pages-and-schemas",
    { "web/app.ts": 'import { clock } from "../src/clock.ts";\nexport const app = clock;' },
  ],
  [
    "tracker-stands-alone",
    { "tracker/src/t.ts": 'import { clock } from "../../src/clock.ts";\nexport const t = clock;' },
  ],
  [
    "client-stands-alone",
    { "client/src/c.ts": 'import { clock } from "../../src/clock.ts";\nexport const c = clock;' },
  ],
  [
    "browser-is-not-node",
    { "web/node.ts": 'import { join } from "node:path";\nexport const n = join;' },
  ],
  [
    "tests-are-leaves",
    {
      "src/serve/borrow.ts":
        'import { t } from "../scenarios/search/decide.test.ts";\nexport const b = t;',
    },
  ],
  [
    "declared-dependencies-only",
    { "src/serve/undeclared.ts": 'import stray from "stray";\nexport const s = stray;' },
  ],
  [
    "no-unresolved",
    { "src/serve/lost.ts": 'import { x } from "./nowhere.ts";\nexport const l = x;' },
  ],
  [
    "no-dev-dependency-in-src",
    { "src/serve/dev.ts": 'import vitest from "vitest";\nexport const v = vitest;' },
  ],
]);

const packages = ["@duckdb/node-api", "onnxruntime-node", "fastify", "vitest", "stray"];
const manifest = {
  name: "planted",
  type: "module",
  dependencies: { "@duckdb/node-api": "1.0.0", "onnxruntime-node": "1.0.0", fastify: "1.0.0" },
  devDependencies: { vitest: "1.0.0" },
};

interface Violation {
  readonly from: string;
  readonly rule: { readonly name: string };
}

describe("import rules", () => {
  const tree = mkdtempSync(join(tmpdir(), "shopkeeper-boundaries-"));
  let clean: readonly Violation[] = [];
  let planted: readonly Violation[] = [];

  beforeAll(() => {
    plant({ "package.json": JSON.stringify(manifest), ...innocent });
    for (const name of packages) {
      const text = JSON.stringify({ name, version: "1.0.0", type: "module", main: "index.js" });
      plant({ [`node_modules/${name}/package.json`]: text });
      plant({ [`node_modules/${name}/index.js`]: "export default 1;" });
    }
    clean = violations(["src"]);
    for (const files of plants.values()) plant(files);
    planted = violations(["src", "web", "tracker", "client"]);
  });
  afterAll(() => rmSync(tree, { recursive: true, force: true }));

  function plant(files: Record<string, string>): void {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(tree, path)), { recursive: true });
      writeFileSync(join(tree, path), text);
    }
  }

  function violations(folders: readonly string[]): readonly Violation[] {
    const bin = join("node_modules", "dependency-cruiser", "bin", "dependency-cruise.mjs");
    const config = join(process.cwd(), "config", "boundaries.cjs");
    const args = [
      join(process.cwd(), bin),
      "--config",
      config,
      "--output-type",
      "json",
      ...folders,
    ];
    const ran = spawnSync(process.execPath, args, { cwd: tree, encoding: "utf8" });
    const report = JSON.parse(ran.stdout) as { summary: { violations: Violation[] } };
    return report.summary.violations;
  }

  test("a tree that keeps them is clean", () => {
    expect(clean).toEqual([]);
  });

  test("every rule has a planted violation", () => {
    const names = boundaries.forbidden.map((rule) => rule.name);
    expect(new Set(plants.keys())).toEqual(new Set(names));
  });

  test.each([...plants.keys()])("%s fires", (name) => {
    const offenders = planted.filter((found) => found.rule.name === name).map(({ from }) => from);
    const files = Object.keys(plants.get(name) ?? {});
    expect(files.some((path) => offenders.includes(path))).toBe(true);
  });
});
