import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";
import type { FastifyInstance } from "fastify";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { testPlatform } from "../src/serve/conformance/memory-platform.ts";
import { openServer } from "../src/serve/server.ts";

/** The admin's files as a browser asks for them; what is built here is a stand-in. */
const SCRIPT = `export const words = "${"many words ".repeat(100)}";`;
const PAGE = `<!doctype html><html><head><meta property="csp-nonce" nonce="__NONCE__" /></head></html>`;
const root = mkdtempSync(join(tmpdir(), "shopkeeper-admin-"));
let server: FastifyInstance;

beforeAll(async () => {
  const built = join(root, "admin");
  mkdirSync(join(built, "assets"), { recursive: true });
  writeFileSync(join(built, "index.html"), PAGE);
  writeFileSync(join(root, "secret.txt"), "not a file of the admin");
  for (const [ending, bytes] of [
    ["", Buffer.from(SCRIPT)],
    [".br", brotliCompressSync(SCRIPT)],
    [".gz", gzipSync(SCRIPT)],
  ] as const) {
    writeFileSync(join(built, "assets", `index-abc123.js${ending}`), bytes);
  }
  server = await openServer(await testPlatform(), { adminFolder: built });
});
afterAll(async () => {
  await server.close();
  rmSync(root, { recursive: true });
});

const asset = (headers: Record<string, string> = {}) =>
  server.inject({ url: "/admin/assets/index-abc123.js", headers });

describe("a file that is named by its content", () => {
  test("is kept for a year", async () => {
    const answer = await asset();
    expect(answer.body).toBe(SCRIPT);
    expect(answer.headers["content-type"]).toMatch(/^(text|application)\/javascript/);
    expect(answer.headers["cache-control"]).toBe("public, max-age=31536000, immutable");
  });

  test.each([
    ["br, gzip", "br"],
    ["gzip", "gzip"],
    ["identity", undefined],
  ])("comes to who takes %s in the smallest form", async (accepted, encoding) => {
    const answer = await asset({ "accept-encoding": accepted });
    expect(answer.headers["content-encoding"]).toBe(encoding);
    expect(answer.headers.vary).toContain("accept-encoding");
    expect(answer.headers["content-type"]).toMatch(/javascript/);
    expect(answer.rawPayload.length < SCRIPT.length).toBe(encoding !== undefined);
  });

  test("that is not there, or lies elsewhere, is not found", async () => {
    for (const name of [
      "index-old.js",
      "../index.html",
      "%2e%2e/%2e%2e/secret.txt",
      "..%2f..%2fsecret.txt",
      "",
    ]) {
      const answer = await server.inject(`/admin/assets/${name}`);
      expect(answer.body, name).not.toContain("not a file of the admin");
      expect([200, 400, 403, 404], name).toContain(answer.statusCode);
      expect(answer.statusCode === 200, name).toBe(name === "../index.html");
    }
    const old = await server.inject("/admin/assets/index-old.js");
    expect(old.json()).toMatchObject({ status: 404, code: "not-found" });
  });
});

describe("every other path of the admin", () => {
  test.each(["/admin", "/admin/", "/admin/items/tea.1", "/admin/shoppers/a%2Fb?tab=1"])(
    "%s is the app's page",
    async (url) => {
      const answer = await server.inject(url);
      expect(answer.statusCode).toBe(200);
      expect(answer.headers["content-type"]).toBe("text/html; charset=utf-8");
      expect(answer.headers["cache-control"]).toBe("no-cache");
      expect(answer.headers["etag"]).toBeUndefined();
    },
  );

  test("with a nonce of its own for style tags, and nothing else inline", async () => {
    const nonces = new Set<string>();
    for (let n = 0; n < 3; n++) {
      const answer = await server.inject("/admin");
      const [, nonce = ""] = /nonce="([^"]{24})"/.exec(answer.body) ?? [];
      expect(answer.headers["content-security-policy"]).toBe(
        "default-src 'none'; script-src 'self'; " +
          `style-src 'self' 'nonce-${nonce}'; img-src 'self' data: https:; ` +
          "font-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; " +
          "object-src 'none'; frame-ancestors 'none'",
      );
      nonces.add(nonce);
    }
    expect(nonces.size).toBe(3);
  });

  test("says how to build it where it is not built", async () => {
    const bare = await openServer(await testPlatform(), { adminFolder: join(root, "nowhere") });
    const answer = await bare.inject("/admin/models");
    expect(answer.statusCode).toBe(503);
    expect(answer.body).toContain("<code>npm run build</code>");
    expect(answer.headers["content-security-policy"]).not.toContain("nonce");
    expect((await bare.inject("/admin/assets/a.js")).json().code).toBe("not-found");
    await bare.close();
  });
});

describe("every page", () => {
  test("runs nothing but files of this server, and stands in no frame", async () => {
    for (const url of ["/", "/admin", "/docs", "/problems/not-found", "/shop", "/nowhere"]) {
      const { headers } = await server.inject({ url, headers: { accept: "text/html" } });
      const policy = String(headers["content-security-policy"]);
      expect(policy, url).toContain("script-src 'self';");
      expect(policy, url).not.toMatch(/unsafe|\*/);
      for (const line of ["base-uri 'none'", "object-src 'none'", "frame-ancestors 'none'"]) {
        expect(policy, url).toContain(line);
      }
    }
  });
});
