import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

/**
 * What others let us do with their work: everything that is shipped, on the server or in the files
 * for browsers, is under a licence of this list; so are the tools, and a few more of theirs.
 */
const SHIPPED = [
  "MIT",
  "ISC",
  "Apache-2.0",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "0BSD",
  "BlueOak-1.0.0",
  "Unlicense",
];
/** libvips, under sharp: linked at run time, in files of its own that anyone may exchange. */
const LINKED = [...SHIPPED, "LGPL-3.0-or-later"];
const isLinked = (place: string): boolean => /^node_modules\/@img\/sharp-[\w-]+$/.test(place);
const TOOLS = [...SHIPPED, "MPL-2.0", "CC-BY-4.0", "CC0-1.0", "Zlib"];

const root = join(fileURLToPath(import.meta.url), "../..");

interface Locked {
  readonly version?: string;
  readonly license?: string;
  readonly dev?: boolean;
  readonly optional?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}
type Lock = Readonly<Record<string, Locked>>;

const readJson = (path: string): unknown => JSON.parse(readFileSync(path, "utf8"));
const lock = (readJson(join(root, "package-lock.json")) as { packages: Lock }).packages;
const packages = Object.entries(lock).filter(([place]) => place.startsWith("node_modules/"));

/** `(MIT OR CC0-1.0)` needs one of them, `(MIT AND Zlib)` both. */
function isAllowed(licence: string | undefined, allowed: readonly string[]): boolean {
  if (licence === undefined) return false;
  const plain = licence.replace(/^\((.*)\)$/, "$1");
  if (plain.includes(" OR ")) return plain.split(" OR ").some((one) => isAllowed(one, allowed));
  return plain.split(" AND ").every((one) => allowed.includes(one));
}

const refused = (places: Iterable<readonly [string, Locked]>, allowed: readonly string[]) =>
  [...places].flatMap(([place, { license }]) =>
    isAllowed(license, isLinked(place) ? LINKED : allowed) ? [] : `${place}: ${license}`,
  );

/** Packages that the files for browsers are made of, with all that these need. */
function inBrowsers(): Map<string, Locked> {
  const sources = ["admin", "pages", "ui", "storefront"].flatMap((room) =>
    readdirSync(join(root, "web", room), { recursive: true, encoding: "utf8" })
      .filter((name) => /\.tsx?$/.test(name))
      .map((name) => join("web", room, name)),
  );
  const texts = sources.map((file) => readFileSync(join(root, file), "utf8"));
  const names = texts.flatMap((text) =>
    [...text.matchAll(/(?:from|import)\s*\(?"((?:@[\w-]+\/)?[a-z][\w.-]*)/g)].map(
      ([, name = ""]) => name,
    ),
  );
  const found = new Map<string, Locked>();
  const waiting = [...new Set(names)];
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    const place = `node_modules/${name}`;
    const one = lock[place];
    if (!one || found.has(place)) continue;
    found.set(place, one);
    waiting.push(...Object.keys(one.dependencies ?? {}));
  }
  return found;
}

describe("licences", () => {
  test("of what a server installs are on the list", () => {
    const installed = packages.filter(([, { dev }]) => dev !== true);
    expect(refused(installed, SHIPPED)).toEqual([]);
    expect(installed.length).toBeGreaterThan(100);
  });

  test("of what browsers are sent are on the list", () => {
    const sent = inBrowsers();
    expect(refused(sent, SHIPPED)).toEqual([]);
    const names = [...sent.keys()].map((place) => place.slice("node_modules/".length));
    expect(names).toEqual(
      expect.arrayContaining(["react", "scheduler", "@mantine/core", "echarts"]),
    );
  });

  test("of the tools are on the longer one", () => {
    expect(refused(packages, TOOLS)).toEqual([]);
  });

  test("are in the lock as the packages themselves say", () => {
    const different = packages.flatMap(([place, { license, optional }]) => {
      const file = join(root, place, "package.json");
      // Of what is for other machines nothing is installed.
      if (optional && !existsSync(file)) return [];
      const told = (readJson(file) as { license?: unknown }).license;
      return told === undefined || told === license ? [] : `${place}: ${String(told)}`;
    });
    expect(different).toEqual([]);
  });

  test.each(["GPL-3.0", "AGPL-3.0-only", "MIT AND GPL-2.0", "SEE LICENSE IN x", undefined])(
    "a planted %s is refused",
    (licence) => {
      const planted = [
        ["node_modules/x", licence === undefined ? {} : { license: licence }],
      ] as const;
      expect(refused(planted, TOOLS)).toEqual([`node_modules/x: ${licence}`]);
      expect(isAllowed("(GPL-3.0 OR MIT)", SHIPPED)).toBe(true);
      const elsewhere = [["node_modules/sharp", { license: "LGPL-3.0-or-later" }]] as const;
      expect(refused(elsewhere, SHIPPED)).toHaveLength(1);
    },
  );
});
