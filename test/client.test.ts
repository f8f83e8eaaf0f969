import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { endOf, isProblem, openBatches, openClient, type Shopkeeper } from "../client/src/index.ts";
import { routes } from "../client/src/made/routes.ts";
import { clientFiles, formatted, readOpenApi } from "../scripts/client-types.ts";
import type { Access } from "../src/serve/access/access.ts";
import { type TestPlatform, testPlatform } from "../src/serve/conformance/memory-platform.ts";
import { item as itemOf, PICTURE, sampleCalls } from "../src/serve/conformance/sample-calls.ts";
import { SAMPLE_PASSWORD, sampleAccess, signUp } from "../src/serve/conformance/signed-in.ts";
import { type Listening, listen, newLocalToken, openServer } from "../src/serve/server.ts";

/** The client against a real server on a real socket. */
const SHOP = "demo";
let platform: TestPlatform;
let listening: Listening;
let shop: Shopkeeper;
/** The client of a page whose user signs in. */
let admin: Shopkeeper;
let access: Access;
let asked: { method: string; path: string }[] = [];

beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), "shopkeeper-client-"));
  platform = await testPlatform({ folder, server: { port: 0, bodyLimitBytes: 65_536 } });
  await platform.shops.ensure(SHOP);
  const token = newLocalToken();
  access = await sampleAccess(platform);
  await signUp(access, "demo-owner", "owner");
  const server = await openServer(platform, { localToken: token, access });
  listening = await listen(server, platform, token);
  const told: typeof fetch = (url, init) => {
    asked.push({ method: init?.method ?? "GET", path: new URL(String(url)).pathname });
    return fetch(url, init);
  };
  const { url } = listening;
  shop = openClient({ url, key: token, shop: SHOP, surroundings: { fetch: told } });
  admin = openClient({ url, signedIn: true, surroundings: { fetch: asBrowser(told) } });
});
afterAll(async () => {
  await listening.stop();
  await rm(platform.config.folder, { recursive: true });
});

/** Keeps the cookie, and says where the page is from. */
function asBrowser(inner: typeof fetch): typeof fetch {
  let cookie = "";
  return async (url, init) => {
    const headers = new Headers(init?.headers);
    headers.set("origin", new URL(String(url)).origin);
    if (cookie !== "") headers.set("cookie", cookie);
    const answer = await inner(url, { ...init, headers });
    cookie = answer.headers.getSetCookie()[0]?.split(";")[0] ?? cookie;
    return answer;
  };
}

const event = { name: "item_view", shopper: `${SHOP}-shopper`, items: [{ item: "a" }] } as const;
const tea = itemOf(SHOP) as { item: string; title: string };
const request = { surface: "home", shopper: `${SHOP}-shopper` } as const;
const payloadOf = (id: string): Record<string, unknown> =>
  sampleCalls(SHOP)[id]?.payload as Record<string, unknown>;
const rule = { id: "demo-rule", kind: "pin", item: tea.item, position: 0 } as const;
const jobId = async (): Promise<string> => (await shop.jobs.listJobs()).rows[0]?.id ?? "";
const webhookId = async (): Promise<string> =>
  (await shop.webhooks.listWebhooks()).rows[0]?.id ?? "";
const all = async <Row>(rows: AsyncIterable<Row>): Promise<Row[]> => {
  const read: Row[] = [];
  for await (const row of rows) read.push(row);
  return read;
};

/** One good call of every method, in an order in which each finds what it needs. */
const calls: Readonly<Record<string, () => Promise<unknown>>> = {
  sendEvents: () => shop.events.sendEvents({ events: [event] }),
  sendGa4Events: () => shop.events.sendGa4Events(payloadOf("sendGa4Events")),
  sendSegmentEvents: () => shop.events.sendSegmentEvents(payloadOf("sendSegmentEvents")),
  streamEvents: () => shop.events.streamEvents([event]),
  upsertItems: () => shop.items.upsertItems({ items: [tea] }),
  putItems: () => shop.items.putItems(tea),
  listItems: () => shop.items.listItems({ limit: 10, q: "tea" }),
  getItemInsights: () => shop.items.getItemInsights(tea.item, { days: 7 }),
  uploadMerchantFeed: () =>
    shop.items.uploadMerchantFeed(
      "id\ttitle\tprice\nfed\tFed\t5.00 USD\n",
      "text/tab-separated-values",
    ),
  putPicture: () => shop.items.putPicture(tea.item, new Uint8Array(PICTURE), "image/png"),
  getPicture: () => shop.items.getPicture(tea.item),
  removePicture: () => shop.items.removePicture(tea.item),
  getItem: () => shop.items.getItem(tea.item),
  patchItem: () => shop.items.patchItem(tea.item, { stock: 3 }),
  listShoppers: () => shop.shoppers.listShoppers({ q: "a" }),
  getShopper: () => shop.shoppers.getShopper(request.shopper, { limit: 5 }),
  mergeShopper: () =>
    shop.shoppers.mergeShopper({ anonymous: "demo-client", shopper: request.shopper }),
  recommend: () => shop.recommendations.recommend(request),
  recommendOnSurface: () =>
    shop.recommendations.recommendOnSurface("cart", { items: "a,b", limit: 3, record: "false" }),
  explainRecommendation: () =>
    shop.recommendations.explainRecommendation({ request, item: tea.item }),
  predict: () => shop.predictions.predict({ shopper: request.shopper }),
  listPredictions: () => shop.predictions.listPredictions({ limit: 5 }),
  predictSegments: () => shop.predictions.predictSegments(),
  predictReport: () => shop.predictions.predictReport(),
  predictOutcomes: () => shop.predictions.predictOutcomes({ model: "predict-000001" }),
  recordPredictions: () => shop.predictions.recordPredictions({ segments: ["regular"] }),
  trainPredictions: () => shop.predictions.trainPredictions({ seed: 3 }),
  previewRules: () => shop.recommendations.previewRules({ request, rules: [] }),
  putRule: () => shop.rules.putRule(rule, { expect: 0 }),
  getRules: () => shop.rules.getRules(),
  listRuleVersions: () => shop.rules.listRuleVersions({ limit: 2 }),
  getRuleVersion: () => shop.rules.getRuleVersion(1),
  restoreRuleVersion: () => shop.rules.restoreRuleVersion(1),
  removeRule: () => shop.rules.removeRule(rule.id, { expect: 2 }),
  listModels: () => shop.models.listModels({ scenario: "recommend" }),
  getModel: () => shop.models.getModel(`recommend-${SHOP}`),
  promoteModel: () => shop.models.promoteModel(`recommend-${SHOP}`),
  getServing: () => shop.models.getServing({ scenario: "recommend" }),
  tryModel: () => shop.models.tryModel(`recommend-${SHOP}`, { share: 0.1 }),
  listExperiments: () => shop.experiments.listExperiments(),
  getExperiment: () => shop.experiments.getExperiment("trial-000001", { effect: 0.05 }),
  exportModel: () => shop.models.exportModel(`recommend-${SHOP}`, { folder: "/demo-left" }),
  compressModel: () => shop.models.compressModel(`recommend-${SHOP}`, { method: "int8" }),
  importModel: () => shop.models.importModel({ folder: "/demo-left" }),
  withdrawModel: () => shop.models.withdrawModel(`recommend-${SHOP}`, { why: "a bad day" }),
  rollbackModel: () => shop.models.rollbackModel({ scenario: "recommend" }),
  train: () => shop.models.train({ seed: 3 }),
  searchParams: () => shop.models.searchParams({ budgetMinutes: 1 }),
  getTrainingSchedule: () => shop.models.getTrainingSchedule(),
  setTrainingSchedule: () =>
    shop.models.setTrainingSchedule({ everyHours: 6, fullEveryHours: null }),
  evaluate: () => shop.reports.evaluate({ ks: [5, 10] }, { waitSeconds: 5 }),
  startImport: () => shop.importAndExport.startImport({ source: "csv", from: "/demo.csv" }),
  listImportSources: () => shop.importAndExport.listImportSources(),
  listJobs: () => shop.jobs.listJobs({ limit: 5 }),
  getJob: async () => shop.jobs.getJob(await jobId(), { wait: 1 }),
  cancelJob: async () => shop.jobs.cancelJob(await jobId()),
  listReports: () => shop.reports.listReports(),
  getLatestReport: () => shop.reports.getLatestReport(),
  getReport: () => shop.reports.getReport("report-000001"),
  exportEvents: async () => all(await shop.importAndExport.exportEvents()),
  exportItems: async () => all(await shop.importAndExport.exportItems()),
  importLines: () => shop.importAndExport.importLines([tea, event]),
  getRetention: () => shop.retention.getRetention(),
  changeRetention: () => shop.retention.changeRetention({ anonymousDays: 3_000 }),
  previewRetention: () => shop.retention.previewRetention({ shopperDays: 30 }),
  applyRetention: () => shop.retention.applyRetention(),
  listRetentionCertificates: () => shop.retention.listRetentionCertificates(),
  createWebhook: () =>
    shop.webhooks.createWebhook({ url: "https://demo.invalid/", kinds: ["training.finished"] }),
  listWebhooks: () => shop.webhooks.listWebhooks(),
  changeWebhook: async () => shop.webhooks.changeWebhook(await webhookId(), { enabled: false }),
  renewWebhookSecret: async () => shop.webhooks.renewWebhookSecret(await webhookId()),
  testWebhook: async () => shop.webhooks.testWebhook(await webhookId()),
  listWebhookDeliveries: async () => shop.webhooks.listWebhookDeliveries(await webhookId()),
  repeatWebhookDelivery: async () => {
    const webhook = await webhookId();
    const { rows } = await shop.webhooks.listWebhookDeliveries(webhook, { limit: 1 });
    return shop.webhooks.repeatWebhookDelivery(webhook, rows[0]?.id ?? "");
  },
  removeWebhook: async () => shop.webhooks.removeWebhook(await webhookId()),
  listQuarantine: () => shop.quarantine.listQuarantine(),
  replayQuarantine: () => shop.quarantine.replayQuarantine({ ids: [`q-${SHOP}`] }),
  discardQuarantine: () => shop.quarantine.discardQuarantine({ ids: [`q-${SHOP}`] }),
  getStatus: () => shop.shops.getStatus(),
  getPipeline: () => shop.shops.getPipeline(),
  getOverview: () => shop.shops.getOverview({ days: 7 }),
  listShops: () => shop.shops.listShops(),
  createShop: () => shop.shops.createShop({ id: "another" }),
  listKeys: () => shop.keys.listKeys(),
  createKey: () => shop.keys.createKey({ role: "secret", shop: SHOP, name: "till" }),
  revokeKey: async () => {
    const { rows } = await shop.keys.listKeys();
    return shop.keys.revokeKey(rows.at(-1)?.id ?? "");
  },
  startBackup: () => shop.installation.startBackup({ folder: "/backup" }),
  startRebuild: () => shop.installation.startRebuild(),
  listWarnings: () => shop.installation.listWarnings(),
  getCompute: () => shop.installation.getCompute(),
  getConfig: () => shop.installation.getConfig(),
  signIn: () => admin.session.signIn({ name: "demo-owner", password: SAMPLE_PASSWORD }),
  getSession: () => admin.session.getSession(),
  changePassword: () =>
    admin.session.changePassword({ current: SAMPLE_PASSWORD, password: "another password" }),
  signOut: () => admin.session.signOut(),
  listUsers: () => shop.users.listUsers(),
  createUser: () => shop.users.createUser({ name: "demo-anna", role: "viewer", shops: [SHOP] }),
  changeUser: () => shop.users.changeUser("demo-anna", { role: "editor" }),
  removeUser: () => shop.users.removeUser("demo-anna"),
  listAudit: () => shop.audit.listAudit({ limit: 5 }),
  watchShop: async () => all(await shop.live.watchShop({ snapshots: 2 })),
  isLive: () => shop.health.isLive(),
  isReady: () => shop.health.isReady(),
  getMetrics: () => shop.health.getMetrics(),
  eraseShopper: () => shop.shoppers.eraseShopper(request.shopper),
  removeItem: () => shop.items.removeItem(tea.item),
};

describe("the types of the client", () => {
  test.each([...clientFiles(readOpenApi())])("made/%s is current", async (name, text) => {
    const file = `../client/src/made/${name}`;
    await expect(formatted(name, text)).toMatchFileSnapshot(file);
  });

  test("name every operation of the API, and a good call of each is made here", () => {
    const { paths } = readOpenApi();
    const ids = Object.values(paths).flatMap((methods) =>
      Object.values(methods).map(({ operationId }) => operationId),
    );
    expect(new Set(Object.keys(routes))).toEqual(new Set(ids));
    expect(new Set(Object.keys(calls))).toEqual(new Set(ids));
  });
});

describe("every method of the client", () => {
  test("asks its own route, and is answered", async () => {
    const answers = new Map<string, unknown>();
    for (const [id, call] of Object.entries(calls)) {
      asked = [];
      answers.set(id, await call());
      const { method, path } = routes[id] as (typeof routes)[string];
      const pattern = new RegExp(`^${path.replaceAll(/\{\w+\}/g, "[^/]+")}$`);
      expect(asked.at(-1), id).toEqual({ method, path: expect.stringMatching(pattern) });
    }
    expect(answers.get("sendEvents")).toMatchObject({ accepted: 1, rejected: [] });
    expect(answers.get("streamEvents")).toMatchObject({ lines: 1, events: 1 });
    expect(answers.get("importLines")).toMatchObject({ lines: 2, events: 1, rejected: 0 });
    expect(answers.get("recommend")).toMatchObject({ surface: "home", items: [{ position: 0 }] });
    expect(answers.get("patchItem")).toMatchObject({ item: tea.item, stock: 3 });
    expect(answers.get("exportEvents")).toHaveLength(4);
    expect(answers.get("evaluate")).toMatchObject({ state: "done" });
    expect(answers.get("getMetrics")).toContain("# HELP");
    expect(answers.get("removeItem")).toBeUndefined();
    expect(answers.get("watchShop")).toMatchObject([
      { shop: SHOP, eventsPerSecond: null },
      { shop: SHOP, eventsPerSecond: 0 },
    ]);
  });
});

describe("the client and the server", () => {
  test("agree on what a problem is", async () => {
    const failed: unknown = await shop.items.getItem("nothing").catch((error: unknown) => error);
    expect(isProblem(failed)).toBe(true);
    expect(failed).toMatchObject({
      code: "unknown-item",
      status: 404,
      remedy: expect.stringMatching(/\w/),
      requestId: expect.stringMatching(/^[\w-]{36}$/),
    });
    const wrong: unknown = await shop.events
      .sendEvents({ name: "item_view", items: [{ item: "x".repeat(129) }] })
      .catch((error: unknown) => error);
    expect(wrong).toMatchObject({
      code: "invalid-event",
      errors: [{ pointer: "/items/0/item" }],
    });
  });

  test("count an event once, however often it is sent", async () => {
    const sent = { ...event, eventId: "018f0000-0000-7000-8000-00000000c11e" };
    expect(await shop.events.sendEvents(sent)).toMatchObject({ accepted: 1, duplicates: 0 });
    expect(await shop.events.sendEvents(sent)).toMatchObject({ accepted: 0, duplicates: 1 });
  });

  test("stream what does not fit into memory, each no faster than the other", async () => {
    const rows = 10_000;
    const properties = { note: "x".repeat(4_000) };
    let made = 0;
    function* events() {
      for (; made < rows; made++) yield { ...event, at: 1_700_000_000_000 + made, properties };
    }
    let madeAtFirst = -1;
    const { collect } = platform;
    const { events: take } = collect;
    Object.assign(collect, {
      events: (...given: Parameters<typeof take>) => {
        if (madeAtFirst < 0) madeAtFirst = made;
        return take(...given);
      },
    });
    expect(await shop.events.streamEvents(events())).toMatchObject({ lines: rows, events: rows });
    Object.assign(collect, { events: take });
    // 40 MB in all; the sockets of a machine hold a few.
    expect(madeAtFirst).toBeLessThan(rows / 2);
    const exported = await all(await shop.importAndExport.exportEvents());
    expect(exported.length).toBeGreaterThan(rows);
  });

  test("take batches whole and name what is refused", async () => {
    const told: string[] = [];
    let accepted = 0;
    const batches = openBatches(shop.events, {
      batchMost: 100,
      now: platform.clock,
      onTaken: (taken) => {
        accepted += taken.accepted;
      },
      onRejected: ({ items = [] }, why) => told.push(`${items[0]?.item}: ${why.code}`),
    });
    for (let n = 0; n < 250; n++) await batches.add({ ...event, items: [{ item: `i-${n}` }] });
    await batches.add({ name: "item_view", anonymous: "a" });
    await batches.close();
    expect(accepted).toBe(250);
    expect(told).toEqual(["undefined: invalid-event"]);
  });

  test("wait together for the end of a job", async () => {
    const job = await shop.models.train({ seed: 1 });
    const stages: string[] = [];
    const ended = await endOf(shop.jobs, job, { told: ({ state }) => stages.push(state) });
    expect(ended).toMatchObject({ id: job.id, state: "done" });
    expect(stages.at(-1)).toBe("done");
  });

  test("part when nobody listens", async () => {
    const nobody = openClient({ url: "http://127.0.0.1:1", repeatsMost: 0 });
    await expect(nobody.health.isLive()).rejects.toMatchObject({ code: "unreachable" });
  });
});
