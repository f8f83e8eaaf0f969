import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { parseConfig } from "../config.ts";
import { isProblem } from "../errors.ts";
import { providers } from "../tensor/runtime/providers.ts";
import {
  loadSettings,
  type Setting,
  type SettingsInput,
  shownValue,
  variableOf,
} from "./settings.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "shopkeeper-settings-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const write = (text: string): void => writeFileSync(join(folder, "shopkeeper.yaml"), text);
const load = (more: Partial<SettingsInput> = {}): ReturnType<typeof loadSettings> =>
  loadSettings({ folder, set: [], env: {}, ...more });
const find = (all: readonly Setting[], name: string): Setting | undefined =>
  all.find((setting) => setting.name === name);

function troubleOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (isProblem(error)) return `${error.code}: ${error.message}`;
    throw error;
  }
  return "no problem";
}

describe("loadSettings", () => {
  test("with nothing given every setting is the default and says so", () => {
    const { config, all } = loadSettings({ set: [], env: { SHOPKEEPER_FOLDER: folder } });
    expect(config).toEqual(parseConfig({ folder }));
    expect(all.filter(({ layer }) => layer !== "default").map(({ name }) => name)).toEqual([
      "folder",
    ]);
  });

  test("file, environment and flag win in this order, each named as the source", () => {
    write("server: { port: 1, requestTimeoutMs: 1001, bodyLimitBytes: 2048 }\n");
    const env = { SHOPKEEPER_SERVER_PORT: "2", SHOPKEEPER_SERVER_REQUEST_TIMEOUT_MS: "1002" };
    const { config, all } = load({ env, set: ["server.port=3"] });
    expect(config.server).toMatchObject({ port: 3, requestTimeoutMs: 1002, bodyLimitBytes: 2048 });
    expect(find(all, "server.port")).toMatchObject({ layer: "flag", origin: "--set server.port" });
    expect(find(all, "server.requestTimeoutMs")).toMatchObject({
      layer: "environment",
      origin: "SHOPKEEPER_SERVER_REQUEST_TIMEOUT_MS",
    });
    expect(find(all, "server.bodyLimitBytes")?.origin).toBe(join(folder, "shopkeeper.yaml"));
  });

  test("text becomes a number, a truth or a list where the setting is one", () => {
    const set = [
      "collect.consent.personalise=false",
      "server.corsOrigins=https://a.example, https://b.example",
    ];
    const { config } = load({ set });
    expect(config.collect.consent.personalise).toBe(false);
    expect(config.server.corsOrigins).toEqual(["https://a.example", "https://b.example"]);
    expect(load({ set: ["server.corsOrigins="] }).config.server.corsOrigins).toEqual([]);
  });

  test("other programs' variables are left alone", () => {
    const env = { SHOPKEEPER_PORT: "tcp://10.0.0.1:4600", SHOPKEEPER_SERVICE_HOST: "10.0.0.1" };
    expect(load({ env }).config.server).toEqual(parseConfig({}).server);
  });

  test.each([
    [["server.prot=1"], 'there is no setting "server.prot"'],
    [["server.port"], "--set wants name=value"],
    [["server.port=many"], "/server/port: Invalid input: expected number"],
    [["server.port=70000"], "/server/port: Too big"],
    [["__proto__.x=1"], "there is no setting"],
  ])("%j is refused with what is wrong", (set, told) => {
    const said = troubleOf(() => load({ set }));
    expect(said).toContain("invalid-config");
    expect(said).toContain(told);
  });

  test.each([
    ["server: [", "shopkeeper.yaml:"],
    ["- a\n- b\n", "must hold names and values"],
    ["folder: elsewhere\n", "cannot name another one"],
    ["server: { prot: 1 }\n", "prot"],
  ])("a file with %j is refused", (text, told) => {
    write(text);
    const said = troubleOf(() => load());
    expect(said).toContain("invalid-config");
    expect(said).toContain(told);
  });

  test("an empty file changes nothing", () => {
    write("# nothing yet\n");
    expect(load().config).toEqual(parseConfig({ folder }));
  });
});

test("variables are named after their setting", () => {
  expect(variableOf("server.port")).toBe("SHOPKEEPER_SERVER_PORT");
  expect(variableOf("collect.clockSkewMs")).toBe("SHOPKEEPER_COLLECT_CLOCK_SKEW_MS");
});

test("a secret is not shown, anything else is", () => {
  const setting = { layer: "file", origin: "", value: "hunter2" } as const;
  expect(shownValue({ ...setting, name: "storage.s3.secretKey" })).toBe("(set, not shown)");
  expect(shownValue({ ...setting, name: "server.host" })).toBe("hunter2");
  expect(shownValue({ ...setting, name: "x", value: ["a", "b"] })).toBe("a, b");
});

test("the setting of the provider offers all that the runtime has, and no other", () => {
  for (const provider of providers) {
    const { config } = load({ set: [`compute.provider=${provider}`] });
    expect(config.compute.provider).toBe(provider);
  }
  expect(troubleOf(() => load({ set: ["compute.provider=tpu"] }))).toMatch(
    /^invalid-config: .*compute\/provider: .*"cpu"\|"wasm"\|"webgpu"\|"cuda"/,
  );
});
