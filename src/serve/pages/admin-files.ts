import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { fastifyStatic } from "@fastify/static";
import type { FastifyInstance, FastifyReply } from "fastify";
import { problem } from "../../errors.ts";
import { contentPolicy } from "../http/content-policy.ts";
import { html, page } from "./html.ts";

/** What the build made of web/admin; it lies beside `src` and `dist` alike. */
export const ADMIN_FOLDER: string = fileURLToPath(
  new URL("../../../web/dist/admin", import.meta.url),
);
const YEAR_MS = 31_536_000_000;
/** As the build names them; nothing that leads elsewhere. */
const ASSET = /^[\w-]+(?:\.[\w-]+)+$/;
/** Stands in the page where the nonce of an answer belongs. */
const NONCE = "__NONCE__";

/**
 * The admin's files. What the build named by its content never changes and is kept for a year, in
 * the smallest form the browser takes; every other path below /admin is the app's own and answered
 * with its page, which is made anew each time for the sake of its nonce.
 */
export async function addAdminFiles(server: FastifyInstance, folder: string): Promise<void> {
  await server.register(fastifyStatic, {
    root: folder,
    serve: false,
    preCompressed: true,
    dotfiles: "deny",
    // Whether it was built is seen at each request.
    suppressWarning: true,
  });
  const open = { schema: { hide: true }, config: { scope: "public" as const } };
  server.get<{ Params: { "*": string } }>("/admin/assets/*", open, (request, reply) => {
    const name = request.params["*"];
    if (!ASSET.test(name)) throw problem("not-found", "nothing is served at this path");
    return reply.sendFile(`assets/${name}`, { maxAge: YEAR_MS, immutable: true });
  });
  for (const path of ["/admin", "/admin/*"]) {
    server.get(path, open, async (_request, reply) => answerPage(reply, folder));
  }
}

async function answerPage(reply: FastifyReply, folder: string): Promise<string> {
  reply.type("text/html; charset=utf-8").header("cache-control", "no-cache");
  const text = await readFile(join(folder, "index.html"), "utf8").catch(unlessAbsent);
  if (text === undefined) {
    reply.code(503);
    return NOT_BUILT;
  }
  const nonce = randomBytes(16).toString("base64");
  reply.header("content-security-policy", contentPolicy(nonce));
  return text.replaceAll(NONCE, nonce);
}

function unlessAbsent(error: NodeJS.ErrnoException): undefined {
  if (error.code !== "ENOENT") throw error;
}

const NOT_BUILT = page({
  title: "Admin",
  language: "en",
  body: html`<main class="narrow"><h1>The admin is not built yet</h1>
<p>Run <code>npm run build</code> in the folder of Shopkeeper, then load this page again.</p>
<p lang="zh-Hans">管理后台尚未构建。请在 Shopkeeper 的文件夹中运行 <code>npm run build</code>，然后重新载入本页。</p>
</main>`,
});
