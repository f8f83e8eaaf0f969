/**
 * The admin as files for the browser: `node scripts/admin.mjs [folder]` writes them (to
 * web/dist/admin), each also compressed, so that the server need not do it at each visit.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const here = fileURLToPath(new URL("..", import.meta.url));

/** The most that is fetched before the first page, every library included. @unit bytes, gzip */
export const firstLoadMost = 245_000;

export async function buildAdmin(root = here, outDir = join(root, "web", "dist", "admin")) {
  const { build } = await import("vite");
  await build({
    configFile: false,
    root: join(root, "web", "admin"),
    base: "/admin/",
    logLevel: "error",
    plugins: [insideAhead],
    build: { outDir, emptyOutDir: true, target: "es2022", assetsInlineLimit: 0 },
  });
  const assets = join(outDir, "assets");
  for (const name of readdirSync(assets)) compress(join(assets, name));
}

/**
 * The code behind the door is fetched together with the door's, not after that has run: nearly
 * everybody who comes is signed in.
 */
const insideAhead = {
  name: "inside-ahead",
  transformIndexHtml: {
    order: "post",
    handler(page, { bundle }) {
      const inside = Object.values(bundle).find(({ name }) => name === "inside");
      const files = [inside.fileName, ...inside.imports].map((file) => `/admin/${file}`);
      return files
        .filter((href) => !page.includes(href))
        .map((href) => ({
          tag: "link",
          attrs: { rel: "modulepreload", crossorigin: "", href },
          injectTo: "head",
        }));
    },
  },
};

function compress(file) {
  const bytes = readFileSync(file);
  const params = { [constants.BROTLI_PARAM_QUALITY]: 9 };
  writeFileSync(`${file}.br`, brotliCompressSync(bytes, { params }));
  writeFileSync(`${file}.gz`, gzipSync(bytes, { level: 9 }));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  await buildAdmin(here, process.argv[2]);
}
