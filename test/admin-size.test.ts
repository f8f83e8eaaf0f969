import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test, vi } from "vitest";

// A script with Node built-ins alone, so without types of its own.
const script = "../scripts/admin.mjs";
const { buildAdmin, firstLoadMost } = (await import(script)) as {
  readonly firstLoadMost: number;
  buildAdmin(root: string | undefined, outDir: string): Promise<void>;
};
const folder = mkdtempSync(join(tmpdir(), "shopkeeper-admin-size-"));
afterAll(() => rmSync(folder, { recursive: true }));

test("what is loaded before the first page stays below its budget", {
  timeout: 60_000,
}, async () => {
  // As it is shipped: a test's own environment would bundle React's development build.
  vi.stubEnv("NODE_ENV", "production");
  await buildAdmin(undefined, folder);
  const page = readFileSync(join(folder, "index.html"), "utf8");
  const named = [...page.matchAll(/\/admin\/assets\/([^"]+)/g)].map(([, name = ""]) => name);
  const shell = readdirSync(join(folder, "assets")).filter((name) => /^inside-.*\.js$/.test(name));
  expect(named).toContain(shell[0]);
  const weights = named.map((name) => statSync(join(folder, "assets", `${name}.gz`)).size);
  expect(shell).toHaveLength(1);
  expect(weights.length).toBeGreaterThan(2);
  expect(weights.reduce((sum, weight) => sum + weight, 0)).toBeLessThan(firstLoadMost);
});
