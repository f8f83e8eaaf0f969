import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { FastifyInstance } from "fastify";
import { problem } from "../../errors.ts";

/** What the build made, by where it is served; it lies beside `src` and `dist` alike. */
const SCRIPTS: Readonly<Record<string, string>> = {
  "/tracker.js": "tracker/dist/tracker.js",
  "/widget.js": "tracker/dist/widget.js",
  "/shop/storefront.js": "web/dist/storefront.js",
};
const ROOT = new URL("../../../", import.meta.url);

/**
 * The scripts for a shop's pages, and for the demo's own. A page asks for them at each visit and is
 * mostly told that its copy is current.
 */
export function addBrowserScripts(server: FastifyInstance): void {
  for (const [path, file] of Object.entries(SCRIPTS)) {
    server.get(path, { schema: { hide: true } }, async (request, reply) => {
      const text = await readFile(new URL(file, ROOT)).catch((cause: unknown) => {
        throw problem("not-found", `${path} is not built: npm run build`, { cause });
      });
      const tag = `"${createHash("sha256").update(text).digest("base64url")}"`;
      reply.header("etag", tag).header("cache-control", "public, max-age=300");
      if (request.headers["if-none-match"] === tag) return reply.code(304).send();
      return reply.type("text/javascript; charset=utf-8").send(text);
    });
  }
}
