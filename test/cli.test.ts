import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Finding } from "../src/cli/doctor.ts";
import type { ImportReport, Quarantined } from "../src/collect/importing.ts";
import type { RankingReport } from "../src/evaluate/report.ts";
import type { ModelVersion } from "../src/model/registry.ts";
import type {
  ItemExplanation,
  RecommendDecision,
  RuleSet,
} from "../src/scenarios/recommend/schema.ts";
import type { ShopStatus } from "../src/serve/shop-status.ts";
import type { Job } from "../src/storage/jobs.ts";
import { json, type Running, run, start } from "./command-line.ts";

/**
 * A shop from the command line alone: files in, a model, a list, a server that is killed. The
 * tests of a block follow each other, as the commands of a day do.
 */
const DAY_MS = 86_400_000;
const FIRST_DAY = Date.UTC(2026, 0, 1);
const SHOPPERS = 40;
const LINES = SHOPPERS * 8;

/** Shopper n walks through eight neighbouring items of twenty, one a day. */
function events(): string {
  const rows: object[] = [];
  for (let shopper = 0; shopper < SHOPPERS; shopper++) {
    for (let step = 0; step < 8; step++) {
      const item = `i${(shopper * 3 + step) % 20}`;
      const at = FIRST_DAY + step * DAY_MS + shopper * 60_000;
      const name = step % 4 === 3 ? "purchase" : "item_view";
      rows.push({ name, shopper: `s${shopper}`, item, at });
    }
  }
  rows.push({ name: "item_view", shopper: "s1", item: "", at: "never" });
  return rows.map((row) => `${JSON.stringify(row)}\n`).join("");
}

function items(): string {
  const rows = Array.from({ length: 20 }, (_, n) => ({
    item: `i${n}`,
    title: { en: `Thing ${n}`, zh: `东西 ${n}` },
    categories: n < 10 ? ["Left"] : ["Right"],
    priceMinor: 100 + n,
    currency: "EUR",
  }));
  return rows.map((row) => `${JSON.stringify(row)}\n`).join("");
}

const root = mkdtempSync(join(tmpdir(), "shopkeeper-cli-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const folder = join(root, "data");
const at = (...parts: string[]): string => join(root, ...parts);
const on = (...args: string[]): string[] => [...args, "--data", folder];

beforeAll(() => {
  mkdirSync(at("files"));
  writeFileSync(at("files", "events.jsonl"), events());
  writeFileSync(at("files", "items.jsonl"), items());
});

/** A command is a process: seconds on a busy machine. */
const patient = { timeout: 90_000 };

describe("files in", patient, () => {
  test("a file is imported, what cannot be taken waits in quarantine", async () => {
    const shelf = await json<ImportReport>(on("import", at("files", "items.jsonl")));
    expect(shelf).toMatchObject({ shop: "main", items: 20, quarantined: 0 });
    const report = await json<ImportReport>(on("import", at("files", "events.jsonl")));
    expect(report).toMatchObject({ shop: "main", events: LINES, quarantined: 1, duplicates: 0 });
    const { rows } = await json<{ rows: Quarantined[] }>(on("quarantine"));
    expect(rows.map(({ line, kind }) => [line, kind])).toEqual([[LINES + 1, "event"]]);
  });

  test("importing it again changes nothing", async () => {
    const again = await json<ImportReport>(on("import", at("files", "events.jsonl")));
    expect(again.events).toBe(0);
    const [status] = await json<ShopStatus[]>(on("shops"));
    expect(status).toMatchObject({ shop: "main", events: LINES, items: 20, model: null });
  });

  test("is a command that npx finds, and misuse is explained", async () => {
    expect(await run(["--version"])).toMatchObject({ code: 0, err: "" });
    expect((await run(["trian"])).err).toContain("Did you mean train?");
    const odd = await run(on("train", "--without", "behaviour", "--architecture", "gru"));
    expect([odd.code, odd.err]).toEqual([1, expect.stringContaining("--without leaves out")]);
  });

  test("an unknown ending and a missing file are problems", async () => {
    const { code, err } = await run(on("import", "orders.ods"));
    expect(code).toBe(1);
    expect(err).toContain("unknown-dataset");
    expect((await run(on("import", "nowhere.csv"))).err).toContain("missing-data");
  });

  test("the doctor reads everything and finds it well", async () => {
    const findings = await json<Finding[]>(on("doctor", "--set", "server.port=0"));
    expect(findings.filter(({ state }) => state === "ill")).toEqual([]);
    const shop = findings.find(({ check }) => check === "shop main");
    expect(shop?.detail).toBe(`${LINES} events and 20 items, all whole`);
    const provider = findings.find(({ check }) => check === "provider");
    expect(provider).toEqual({ check: "provider", state: "well", detail: "cpu, threads: 2" });
  });

  test("of a card whose library is not here it says who computes instead, and why", async () => {
    const asked = ["--set", "compute.provider=cuda", "--set", "server.port=0"];
    const findings = await json<Finding[]>(on("doctor", "--quick", ...asked));
    const provider = findings.find(({ check }) => check === "provider");
    expect(provider?.state).toBe("doubtful");
    expect(provider?.detail).toMatch(/^cuda is asked for, in use is cpu, threads: 2; no cuda: ./);
    expect(provider?.remedy).toContain("onnxruntime-node");
    const { code, err } = await run(on("shops", "--set", "compute.provider=cuda"));
    expect(code).toBe(0);
    expect(err.match(/networks are computed by cpu, not by cuda/g)).toHaveLength(1);
  });
});

describe("a server", patient, () => {
  let server: Running;
  let told: {
    url: string;
    keys: { shop: string; role: string; secret: string }[];
    user: { name: string; password: string } | null;
  };
  const acknowledged: string[] = [];

  const serve = async (): Promise<void> => {
    server = start(on("serve", "--port", "0", "--json", "--set", "server.logLevel=error"));
    await server.said(/^\{"url".*\}$/m);
    told = JSON.parse(server.text().out) as typeof told;
  };
  afterAll(() => server.child.kill("SIGKILL"));

  const post = async (path: string, body: unknown): Promise<Response> => {
    const { secret } = told.keys.find(({ role }) => role === "secret") ?? { secret: "" };
    const headers = { authorization: `Bearer ${secret}`, "content-type": "application/json" };
    return fetch(told.url + path, { method: "POST", headers, body: JSON.stringify(body) });
  };

  test("tells its address and the keys of its shop", async () => {
    await serve();
    expect(told.url).toMatch(/^http:\/\/localhost:\d+$/);
    const roles = told.keys.map(({ shop, role }) => [shop, role]);
    expect(roles).toContainEqual(["main", "publishable"]);
    expect(roles).toContainEqual(["main", "secret"]);
  });

  test("makes its first user, whose password opens the admin", async () => {
    const { user, url } = told;
    expect(user?.name).toBe("owner");
    const signIn = (password: string): Promise<Response> =>
      fetch(`${url}/v1/session`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ name: user?.name, password }),
      });
    expect((await signIn(user?.password ?? "")).status).toBe(201);
    expect((await signIn("a guess at it")).status).toBe(401);
  });

  test("is what other commands talk to", async () => {
    const { err, out } = await run(on("shops"));
    expect(err).toContain("talking to the server at");
    expect(out).toContain("main");
    const second = await run(on("serve", "--port", "0"));
    expect(second.code).toBe(1);
    expect(second.err).toContain("storage-locked");
  });

  test("a model is trained, measured, and answers with reasons", async () => {
    const version = await json<ModelVersion>(on("train", "--provider", "cpu"));
    expect(version).toMatchObject({ shop: "main", scenario: "recommend", seed: 1 });
    const report = await json<{ result: RankingReport }>(on("evaluate", "--k", "3,5"));
    expect(report.result.protocol).toMatchObject({ cases: SHOPPERS, ks: [3, 5], filterSeen: true });
    const list = await json<RecommendDecision>(
      on("recommend", "home", "--shopper", "s1", "--limit", "4", "--locale", "zh"),
    );
    expect(list.model).toBe(version.version);
    expect(list.items).toHaveLength(4);
    for (const { title, reasons } of list.items) {
      expect(title).toContain("东西");
      expect(reasons.length).toBeGreaterThan(0);
    }
    const [first] = list.items;
    const why = await json<ItemExplanation>(
      on("explain", "home", first?.item ?? "", "--shopper", "s1", "--limit", "4"),
    );
    expect(why).toMatchObject({ item: first?.item, shown: true });
  });

  test("no command says that it computes where the server does not", async () => {
    const { code, err } = await run(on("train", "--provider", "wasm"));
    expect(code).toBe(1);
    expect(err).toContain("invalid-config");
    expect(err).toMatch(/computes networks by cpu; start it with --provider wasm/);
    const jobs = await json<Job[]>(on("jobs"));
    expect(jobs.filter(({ kind }) => kind === "train")).toHaveLength(1);
  });

  test("versions are listed; one without a behaviour model cannot leave, and says why", async () => {
    const [version] = await json<ModelVersion[]>(on("models"));
    expect(version).toMatchObject({ scenario: "recommend", seed: 1 });
    const { code, err } = await run(on("models", "export", at("left")));
    expect(code).toBe(1);
    expect(err).toMatch(/not-exportable[\s\S]*fewer than/);
    expect((await run(on("models", "import", at("left")))).err).toContain("missing-data");
    const name = version?.version ?? "";
    const named = await run(on("models", "export", at("left"), "--of", name));
    expect(named.err).toContain("not-exportable");
    const promoted = await json<ModelVersion>(on("models", "promote", name));
    expect(promoted.version).toBe(name);
    expect((await run(on("models"))).out).toMatch(new RegExp(`${name} .* in service`));
    expect((await run(on("models", "rollback"))).err).toContain("unknown-model");
    const withoutWhy = await run(on("models", "withdraw", name));
    expect(withoutWhy.err).toContain("--why");
  });

  test("tables are for people", async () => {
    const { out, err } = await run(on("recommend", "home", "--shopper", "s1"));
    expect(err).toContain("talking to the server at");
    expect(err).toContain("shop main");
    expect(out).toMatch(/item +title +price +score +from +why/);
    expect((await run(on("evaluate", "--k", "5"))).out).toMatch(/^split: .*\n\nmethod +/);
  });

  test("a rule is put, seen in force, and taken back", async () => {
    const file = at("files", "rule.yaml");
    writeFileSync(
      file,
      "id: only-left\nkind: filter\nwhere: { field: categories, is: contains, value: Left }\n",
    );
    const put = await json<RuleSet>(on("rules", "put", file));
    expect(put.rules.map(({ id }) => id)).toEqual(["only-left"]);
    const list = await json<RecommendDecision>(on("recommend", "popular", "--limit", "20"));
    expect(list.items.map(({ item }) => Number(item.slice(1))).filter((n) => n >= 10)).toEqual([]);
    const back = await json<RuleSet>(on("rules", "remove", "only-left"));
    expect(back.rules).toEqual([]);
    expect(back.version).toBe(put.version + 1);
  });

  test("what is exported can be imported elsewhere, and is the same", async () => {
    await run(on("export", "events", "--to", at("out.jsonl")));
    const elsewhere = ["--data", at("elsewhere"), "--shop", "copy"];
    const report = await json<ImportReport>(["import", at("out.jsonl"), ...elsewhere]);
    expect(report).toMatchObject({ events: LINES, quarantined: 0 });
    const { out } = await run(["export", "events", ...elsewhere]);
    const ids = (text: string): unknown[] =>
      text
        .trim()
        .split("\n")
        .map((line) => [JSON.parse(line).at, JSON.parse(line).shopper]);
    expect(ids(out)).toEqual(ids(readFileSync(at("out.jsonl"), "utf8")));
  });

  test("erasing asks first, and leaves no trace", async () => {
    const refused = await run(on("erase", "s1"));
    expect(refused.code).toBe(1);
    expect(refused.err).toContain("--yes");
    const certificate = await json<{ events: number }>(on("erase", "s1", "--yes"));
    expect(certificate.events).toBe(8);
    expect((await run(on("export", "events"))).out).not.toContain('"s1"');
  });

  test("killed in the middle of work, it has lost nothing that it acknowledged", async () => {
    let sending = true;
    const send = async (): Promise<void> => {
      for (let n = 0; sending; n++) {
        const shopper = `late-${n}`;
        const event = { name: "item_view", shopper, items: [{ item: "i1" }] };
        const answer = await post("/v1/events", { events: [event] }).catch(() => undefined);
        if (answer?.ok) acknowledged.push(shopper);
        if (n === 50) server.child.kill("SIGKILL");
        sending = answer !== undefined;
      }
    };
    await send();
    await server.ended();
    expect(acknowledged.length).toBeGreaterThan(49);
    const { out, err } = await run(on("export", "events"));
    expect(err).toContain("opened the data folder");
    const kept = new Set(
      out
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line).shopper as string),
    );
    expect(acknowledged.filter((shopper) => !kept.has(shopper))).toEqual([]);
  });

  test("starts again, is backed up while it runs, and stops when told", async () => {
    await serve();
    expect(told.keys).toEqual([]);
    const backup = await run(on("backup", at("backup")));
    expect(backup).toMatchObject({ code: 0 });
    server.child.kill("SIGINT");
    expect((await server.ended()).code).toBe(0);
    expect(readdirSync(folder)).not.toContain("server.json");
  });

  test("what was backed up can be restored, and never over data", async () => {
    const restored = ["--data", at("restored")];
    expect(await run(["restore", at("backup"), ...restored])).toMatchObject({ code: 0 });
    const [now] = await json<ShopStatus[]>(on("shops"));
    const [then] = await json<ShopStatus[]>(["shops", ...restored]);
    expect(then).toMatchObject({ events: now?.events, items: now?.items, model: now?.model });
    const { code, err } = await run(["restore", at("backup"), ...restored]);
    expect(code).toBe(1);
    expect(err).toContain("holds data");
  });
});
