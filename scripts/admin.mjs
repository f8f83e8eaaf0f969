/**
 * The admin as files for the browser: `node scripts/admin.mjs [folder]` writes them (to
 * web/dist/admin), each also compressed, so that the server need not do it at each visit.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const here = fileURLToPath(new URL("..", import.meta.url));

/** The most that the first page may weigh, its libraries included. @unit bytes, gzip */
export const firstLoadMost = 240_000;

export async function buildAdmin(root = here, outDir = join(root, "web", "dist", "admin")) {
  const { build } = await import("vite");
  await build({
    configFile: false,
    root: join(root, "web", "admin"),
    base: "/admin/",
    logLevel: "error",
    build: { outDir, emptyOutDir: true, target: "es2022", assetsInlineLimit: 0 },
  });
  const assets = join(outDir, "assets");
  for (const name of readdirSync(assets)) compress(join(assets, name));
}

function compress(file) {
  const bytes = readFileSync(file);
  const params = { [constants.BROTLI_PARAM_QUALITY]: 9 };
  writeFileSync(`${file}.br`, brotliCompressSync(bytes, { params }));
  writeFileSync(`${file}.gz`, gzipSync(bytes, { level: 9 }));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  await buildAdmin(here, process.argv[2]);
}
