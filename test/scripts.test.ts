import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterAll, describe, expect, test } from "vitest";

interface Prepare {
  nodeTrouble(version: string): string | undefined;
  lockStamp(folder: string): string;
  isInstalled(folder: string): boolean;
  isStale(folder: string): boolean;
}

const project = join(fileURLToPath(import.meta.url), "../..");
const script = pathToFileURL(join(project, "scripts", "prepare.mjs")).href;
const { nodeTrouble, lockStamp, isInstalled, isStale } = (await import(script)) as Prepare;

const made: string[] = [];
afterAll(() => {
  for (const folder of made) rmSync(folder, { recursive: true, force: true });
});

function treeWith(files: Record<string, string>, parent = tmpdir()): string {
  mkdirSync(parent, { recursive: true });
  const folder = mkdtempSync(join(parent, "shopkeeper-scripts-"));
  made.push(folder);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

describe("the bootstrap", () => {
  test.each(["v20.19.0", "v20.20.2", "v22.0.0", "v24.1.0"])("takes Node %s", (version) => {
    expect(nodeTrouble(version)).toBeUndefined();
  });

  test.each(["v18.20.0", "v20.18.3", "v19.9.0"])(
    "refuses Node %s and says which it needs",
    (version) => {
      expect(nodeTrouble(version)).toMatch(/needs Node 20\.19 or newer.*https:\/\/nodejs\.org/);
    },
  );

  test("installs again when, and only when, the lock file has changed", () => {
    const folder = treeWith({ "package-lock.json": "{}", "node_modules/.keep": "" });
    expect(isInstalled(folder)).toBe(false);
    writeFileSync(join(folder, "node_modules", ".shopkeeper-lock"), lockStamp(folder));
    expect(isInstalled(folder)).toBe(true);
    writeFileSync(join(folder, "package-lock.json"), '{"lockfileVersion":3}');
    expect(isInstalled(folder)).toBe(false);
  });

  test("compiles again when a source, a setting or a folder of sources is newer", () => {
    const files = ["src/a.ts", "config/tsconfig.base.json", "dist/.built"];
    const folder = treeWith(Object.fromEntries(files.map((path) => [path, ""])));
    const touch = (path: string, seconds: number): void =>
      utimesSync(join(folder, path), seconds, seconds);
    for (const path of ["src", "config", ...files]) touch(path, 1_000);
    touch("dist/.built", 2_000);
    expect(isStale(folder)).toBe(false);
    touch("src/a.ts", 3_000);
    expect(isStale(folder)).toBe(true);
    touch("src/a.ts", 1_000);
    touch("config/tsconfig.base.json", 3_000);
    expect(isStale(folder)).toBe(true);
    rmSync(join(folder, "dist"), { recursive: true });
    expect(isStale(folder)).toBe(true);
  });
});

describe("the closing line", () => {
  const config = `import { ClosingLine } from "${join(project, "config", "closing-line.ts")}";
export default { test: { reporters: ["default", new ClosingLine()] } };`;
  const realData = join(project, "test", "real-data.ts");
  const tests = {
    "vitest.config.ts": config,
    "mixed.test.ts": `import { expect, test } from "vitest";
test("holds", () => expect(1).toBe(1));
test("fails", () => expect(1).toBe(2));`,
    "broken.test.ts": "throw new Error('cannot be loaded');",
    "data.test.ts": `import { expect, test } from "vitest";
import { describeWithData } from "${realData}";
test("holds", () => expect(1).toBe(1));
describeWithData(${JSON.stringify("no-such-set")}, () => {});`,
  };

  const outcome = (env: Record<string, string>): { out: string; code: number | null } => {
    const folder = treeWith(tests, join(project, "dist"));
    const bin = join(project, "node_modules", "vitest", "vitest.mjs");
    const ours = { ...process.env, CI: "", SHOPKEEPER_DATA: folder, ...env };
    const ran = spawnSync(process.execPath, [bin, "run", "--root", folder], {
      cwd: folder,
      env: ours,
      encoding: "utf8",
    });
    return { out: ran.stdout.trim(), code: ran.status };
  };

  test("counts a file that cannot be loaded, and names the data that was not there", () => {
    const { out, code } = outcome({});
    expect(out.split("\n").slice(-2)).toEqual([
      expect.stringMatching(/^not run: real data no-such-set \(not in .*; set SHOPKEEPER_DATA\)$/),
      "2 passed, 2 failed",
    ]);
    expect(code).toBe(1);
  });

  test("in CI a set that is not there fails", () => {
    expect(outcome({ CI: "true" }).out.split("\n").at(-1)).toBe("2 passed, 3 failed");
  });
});
