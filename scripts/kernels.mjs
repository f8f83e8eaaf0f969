/**
 * Compiles the numeric kernels (AssemblyScript) into a module of src that holds their bytes, when
 * they are newer than it. `node scripts/kernels.mjs` does it alone; the build and the tests call it.
 */
import { existsSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const options = ["-O3", "--enable", "simd", "--runtime", "stub", "--importMemory"];
const smaller = ["--noExportMemory", "--noAssert", "--use", "abort="];

/** Does nothing when nothing changed. */
export async function compileKernels(root) {
  const folder = join(root, "src", "tensor", "kernels");
  const source = join(folder, "kernels.as");
  const made = join(folder, "kernels-wasm.ts");
  if (existsSync(made) && statSync(made).mtimeMs > statSync(source).mtimeMs) return;
  const digits = Buffer.from(await compiled(readFileSync(source, "utf8"))).toString("hex");
  const head = "// Made of kernels.as by scripts/kernels.mjs; not to be edited.\n";
  const partial = `${made}.${process.pid}`;
  writeFileSync(partial, `${head}export const kernelsHex: string =\n  "${digits}";\n`);
  renameSync(partial, made);
}

/** The compiler wants files; these are given from memory, as their real ending is not its own. */
async function compiled(text) {
  const { default: asc } = await import("assemblyscript/asc");
  let bytes;
  const { error, stderr } = await asc.main(
    ["kernels.ts", "--outFile", "kernels.wasm", ...options, ...smaller],
    {
      readFile: (name) => (name === "kernels.ts" ? text : null),
      writeFile: (_, contents) => {
        bytes = contents;
      },
      listFiles: () => [],
    },
  );
  if (error) throw new Error(`the kernels do not compile: ${stderr.toString()}`);
  return bytes;
}

/** Before the tests. */
export const setup = () => compileKernels(fileURLToPath(new URL("..", import.meta.url)));

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) await setup();
