import { existsSync, readFileSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { parse, YAMLParseError } from "yaml";
import { type Config, parseConfig } from "../config.ts";
import { problem } from "../errors.ts";

/** Where a value comes from; the later in this list, the stronger. */
export type Layer = "default" | "file" | "environment" | "flag";

export interface Setting {
  /** Dotted path, e.g. "server.port". */
  readonly name: string;
  readonly value: unknown;
  readonly layer: Layer;
  /** The file, variable or flag that set it; empty for a default. */
  readonly origin: string;
}

export interface Settings {
  readonly config: Config;
  /** Every setting in the order of config.ts. */
  readonly all: readonly Setting[];
}

export interface SettingsInput {
  /** From `--data`. */
  readonly folder?: string | undefined;
  /** From `--set name=value`, each. */
  readonly set: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Name of the settings file in the data folder. */
const SETTINGS_FILE = "shopkeeper.yaml";
const FILE_BYTES_MOST = 1_048_576;

interface Given {
  readonly value: unknown;
  readonly layer: Layer;
  readonly origin: string;
}

/** Merges defaults < file < environment < flags. @throws problem `invalid-config` */
export function loadSettings(input: SettingsInput): Settings {
  const defaults = leaves(parseConfig({}));
  const folder = resolve(input.folder ?? input.env["SHOPKEEPER_FOLDER"] ?? "data");
  const given = new Map<string, Given>([
    ...fromFile(join(folder, SETTINGS_FILE)),
    ...fromEnvironment(defaults, input.env),
    ...fromFlags(defaults, input.set, SET),
  ]);
  given.set("folder", folderGiven(folder, input));
  const config = parseConfig(nest(given));
  const all = [...leaves(config)].map(([name, value]): Setting => {
    const { layer, origin } = given.get(name) ?? { layer: "default", origin: "" };
    return { name, value, layer, origin };
  });
  return { config, all };
}

/** The name of the environment variable of a setting: server.port is SHOPKEEPER_SERVER_PORT. */
export function variableOf(name: string): string {
  const words = name.replaceAll(".", "_").replaceAll(/([A-Z])/g, "_$1");
  return `SHOPKEEPER_${words.toUpperCase()}`;
}

const SECRET = /secret|password|token|credential|privateKey/i;

/** The value as it may be shown: whatever is named like a secret is not. */
export function shownValue(setting: Setting): string {
  if (SECRET.test(setting.name) && setting.value !== "") return "(set, not shown)";
  return Array.isArray(setting.value) ? setting.value.join(", ") : String(setting.value);
}

function folderGiven(folder: string, input: SettingsInput): Given {
  if (input.folder !== undefined) return { value: folder, layer: "flag", origin: "--data" };
  if (input.env["SHOPKEEPER_FOLDER"] === undefined) {
    return { value: folder, layer: "default", origin: "" };
  }
  return { value: folder, layer: "environment", origin: "SHOPKEEPER_FOLDER" };
}

function fromFile(file: string): Map<string, Given> {
  if (!existsSync(file)) return new Map();
  if (statSync(file).size > FILE_BYTES_MOST) {
    throw problem("invalid-config", `${file} is larger than ${FILE_BYTES_MOST} bytes`);
  }
  const tree = readYaml(file);
  if (tree === null || tree === undefined) return new Map();
  if (typeof tree !== "object" || Array.isArray(tree)) {
    throw problem(
      "invalid-config",
      `${file} must hold names and values, e.g. server: {port: 4600}`,
    );
  }
  if ("folder" in tree) {
    throw problem("invalid-config", `${file} lies in the data folder and cannot name another one`);
  }
  return new Map(
    [...leaves(tree)].map(([name, value]) => [name, { value, layer: "file", origin: file }]),
  );
}

function readYaml(file: string): unknown {
  try {
    return parse(readFileSync(file, "utf8"));
  } catch (cause) {
    if (!(cause instanceof YAMLParseError)) throw cause;
    throw problem("invalid-config", `${file}: ${cause.message.split("\n")[0]}`, { cause });
  }
}

function fromEnvironment(
  defaults: ReadonlyMap<string, unknown>,
  env: SettingsInput["env"],
): Map<string, Given> {
  const given = new Map<string, Given>();
  for (const [name, sample] of defaults) {
    const origin = variableOf(name);
    const text = env[origin];
    if (text !== undefined) {
      given.set(name, { value: fromText(text, sample), layer: "environment", origin });
    }
  }
  return given;
}

/** The option that names values, and where its names are found. */
interface Asked {
  readonly option: string;
  readonly see: string;
}

const SET: Asked = { option: "--set", see: "shopkeeper config show" };

/**
 * Dotted names and values, as `--set` takes them, as an object like the defaults.
 * @throws problem `invalid-config` when the defaults have no such name
 */
export function named(
  defaults: object,
  pairs: readonly string[],
  asked: Asked,
): Record<string, unknown> {
  return nest(fromFlags(leaves(defaults), pairs, asked));
}

function fromFlags(
  defaults: ReadonlyMap<string, unknown>,
  set: readonly string[],
  { option, see }: Asked,
): Map<string, Given> {
  const given = new Map<string, Given>();
  for (const pair of set) {
    const at = pair.indexOf("=");
    if (at < 1) throw problem("invalid-config", `${option} wants name=value, not "${pair}"`);
    const name = pair.slice(0, at);
    if (!defaults.has(name)) {
      throw problem("invalid-config", `there is no setting "${name}"; see: ${see}`);
    }
    const value = fromText(pair.slice(at + 1), defaults.get(name));
    given.set(name, { value, layer: "flag", origin: `${option} ${name}` });
  }
  return given;
}

const TRUTHS = new Map([
  ["true", true],
  ["1", true],
  ["false", false],
  ["0", false],
]);

/** Text as a value of the sample's type; what does not fit stays text, for the schema to refuse. */
function fromText(text: string, sample: unknown): unknown {
  if (Array.isArray(sample)) return text === "" ? [] : text.split(",").map((part) => part.trim());
  if (typeof sample === "boolean") return TRUTHS.get(text) ?? text;
  if (typeof sample !== "number" || text.trim() === "") return text;
  const value = Number(text);
  return Number.isNaN(value) ? text : value;
}

/** Dotted path to value for everything that is not itself a group of settings. */
function leaves(tree: object, base = ""): Map<string, unknown> {
  const found = new Map<string, unknown>();
  for (const [key, value] of Object.entries(tree)) {
    const name = `${base}${key}`;
    if (typeof value !== "object" || value === null || Array.isArray(value)) found.set(name, value);
    else for (const [below, leaf] of leaves(value, `${name}.`)) found.set(below, leaf);
  }
  return found;
}

function nest(given: ReadonlyMap<string, Given>): Record<string, unknown> {
  const tree: Record<string, unknown> = {};
  for (const [name, { value }] of given) {
    const parts = name.split(".");
    const last = parts.pop() ?? "";
    let at = tree;
    for (const part of parts) {
      const below = Object.hasOwn(at, part) ? at[part] : undefined;
      const next = typeof below === "object" && below !== null ? below : {};
      Object.defineProperty(at, part, { value: next, enumerable: true, configurable: true });
      at = next as Record<string, unknown>;
    }
    Object.defineProperty(at, last, { value, enumerable: true, configurable: true });
  }
  return tree;
}
