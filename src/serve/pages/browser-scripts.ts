import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { FastifyInstance } from "fastify";
import { problem } from "../../errors.ts";

/** What the build made of the tracker package; it lies beside `src` and `dist` alike. */
const FOLDER = new URL("../../../tracker/dist/", import.meta.url);
const NAMES = ["tracker", "widget"] as const;

/**
 * The scripts for a shop's pages: `/tracker.js` and `/widget.js`. A page asks for them at each
 * visit and is mostly told that its copy is current.
 */
export function addBrowserScripts(server: FastifyInstance): void {
  for (const name of NAMES) {
    const path = `/${name}.js`;
    server.get(path, { schema: { hide: true } }, async (request, reply) => {
      const text = await readFile(new URL(`${name}.js`, FOLDER)).catch((cause: unknown) => {
        throw problem("not-found", `${path} is not built: npm run build`, { cause });
      });
      const tag = `"${createHash("sha256").update(text).digest("base64url")}"`;
      reply.header("etag", tag).header("cache-control", "public, max-age=300");
      if (request.headers["if-none-match"] === tag) return reply.code(304).send();
      return reply.type("text/javascript; charset=utf-8").send(text);
    });
  }
}
