/**
 * From a fresh clone to something that runs, with Node built-ins alone: the right Node, the
 * packages of the lock file, the compiled server. Each step does nothing when nothing changed.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The project's own folder. */
export const root = join(dirname(fileURLToPath(import.meta.url)), "..");

const NODE_LEAST = [20, 19];

/** Undefined when this Node will do, else the sentence that says what to do. */
export function nodeTrouble(version) {
  const [major = 0, minor = 0] = version.replace(/^v/, "").split(".").map(Number);
  const [wantedMajor, wantedMinor] = NODE_LEAST;
  if (major > wantedMajor || (major === wantedMajor && minor >= wantedMinor)) return undefined;
  return (
    `Shopkeeper needs Node ${NODE_LEAST.join(".")} or newer (20, 22 and 24 are tested); ` +
    `this is ${version}. Install a newer Node from https://nodejs.org and try again.`
  );
}

/** What the installed packages were made from: the lock file and the kind of machine. */
export function lockStamp(folder) {
  const lock = readFileSync(join(folder, "package-lock.json"));
  const digest = createHash("sha256").update(lock).digest("hex");
  return `${digest} ${process.platform}-${process.arch}\n`;
}

const stampFile = (folder) => join(folder, "node_modules", ".shopkeeper-lock");

/** True when node_modules holds exactly what the lock file names. */
export function isInstalled(folder) {
  const stamp = stampFile(folder);
  return existsSync(stamp) && readFileSync(stamp, "utf8") === lockStamp(folder);
}

/** Makes node_modules from the lock file unless it is already made from it. */
export function install(folder, say) {
  if (isInstalled(folder)) return;
  const started = performance.now();
  say("installing packages (once; about a minute) ...");
  const ran = npm(["ci", "--loglevel=error", "--no-progress"], folder);
  if (ran.status !== 0) throw new Error("npm ci did not succeed; its words are above");
  writeFileSync(stampFile(folder), lockStamp(folder));
  say(`packages installed in ${seconds(started)} s`);
}

function npm(args, cwd) {
  const script = process.env["npm_execpath"];
  const options = { cwd, stdio: ["ignore", "ignore", "inherit"] };
  if (script?.endsWith("npm-cli.js")) {
    return spawnSync(process.execPath, [script, ...args], options);
  }
  return spawnSync("npm", args, { ...options, shell: process.platform === "win32" });
}

/** Where the sources of what is built lie. */
const ROOMS = [
  "src",
  "client/src",
  "tracker/src",
  "web/admin",
  "web/ui",
  "web/pages",
  "web/storefront",
];

const builtStamp = (folder) => join(folder, "dist", ".built");

/** True when a source or a compiler setting is newer than the last build of this tree. */
export function isStale(folder) {
  const stamp = builtStamp(folder);
  if (!existsSync(stamp)) return true;
  const builtAt = statSync(stamp).mtimeMs;
  const settings = readdirSync(join(folder, "config"))
    .filter((name) => name.startsWith("tsconfig"))
    .map((name) => join(folder, "config", name));
  const rooms = ROOMS.flatMap((room) => sources(join(folder, room)));
  return [...settings, ...rooms].some((file) => statSync(file).mtimeMs > builtAt);
}

function sources(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isDirectory() || /\.(tsx?|html|css)$/.test(entry.name))
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
}

/** Compiles server, client and tracker unless dist is newer than all it is made of; true if it did. */
export function build(folder, say) {
  if (!isStale(folder)) return false;
  const started = performance.now();
  const startedAt = new Date();
  const compiler = join(folder, "node_modules", "typescript", "bin", "tsc");
  const ran = spawnSync(process.execPath, [compiler, "-b"], { cwd: folder, stdio: "inherit" });
  if (ran.status !== 0) throw new Error("the sources do not compile; the places are named above");
  writeFileSync(builtStamp(folder), `${startedAt.toISOString()}\n`);
  say(`compiled in ${seconds(started)} s`);
  return true;
}

const seconds = (started) => ((performance.now() - started) / 1000).toFixed(1);

/** Runs a script of a package with this Node; resolves with its exit code. */
export function runPackage(folder, script, args, env = {}) {
  const ran = spawnSync(process.execPath, [join(folder, "node_modules", script), ...args], {
    cwd: folder,
    stdio: "inherit",
    env: { ...process.env, ...env },
  });
  return ran.status ?? 130;
}
