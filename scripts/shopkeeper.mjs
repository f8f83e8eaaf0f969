#!/usr/bin/env node
/**
 * The command `shopkeeper`. In a checkout it first installs and compiles what is missing or stale;
 * in an installed package everything is already there.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { bundleAll } from "./browser.mjs";
import { build, install, nodeTrouble, root } from "./prepare.mjs";

const say = (line) => process.stderr.write(`${line}\n`);
const isCheckout = existsSync(join(root, "src")) && existsSync(join(root, "package-lock.json"));

async function run(args) {
  const trouble = nodeTrouble(process.version);
  if (trouble) throw new Error(trouble);
  if (isCheckout) {
    install(root, say);
    if (build(root, say)) await bundleAll(root);
  }
  const { main } = await import(pathToFileURL(join(root, "dist", "cli", "main.js")).href);
  return main(args);
}

try {
  process.exitCode = await run(process.argv.slice(2));
} catch (error) {
  say(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
