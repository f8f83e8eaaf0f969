/**
 * `npm start`, `npm test`, `npm run build` and `npm run bench`: each alone is enough on a fresh
 * clone. Node built-ins only, since nothing may be installed yet.
 */
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { buildAdmin } from "./admin.mjs";
import { bundleAll } from "./browser.mjs";
import { compileKernels } from "./kernels.mjs";
import { build, install, nodeTrouble, root, runPackage } from "./prepare.mjs";

const verbs = {
  start: (args) => commandLine(["start", ...args]),
  test: (args) => runPackage(root, "vitest/vitest.mjs", ["run", ...args]),
  build: () => 0,
  bench: (args) => runPackage(root, "tsx/dist/cli.mjs", ["scripts/bench.ts", ...args]),
};

/** The command line runs in this very process, so that signals reach it undisturbed. */
async function commandLine(args) {
  const { main } = await import(pathToFileURL(join(root, "dist", "cli", "main.js")).href);
  return main(args);
}

const say = (line) => process.stderr.write(`${line}\n`);

async function run([verb = "", ...args]) {
  const trouble = nodeTrouble(process.version);
  if (trouble) throw new Error(trouble);
  if (!Object.hasOwn(verbs, verb)) {
    throw new Error(`"${verb}" is not one of: ${Object.keys(verbs).join(", ")}`);
  }
  install(root, say);
  await compileKernels(root);
  if (build(root, say)) {
    await bundleAll(root);
    await buildAdmin(root);
  }
  return verbs[verb](args);
}

try {
  process.exitCode = await run(process.argv.slice(2));
} catch (error) {
  say(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
