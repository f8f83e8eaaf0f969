import { tmpdir } from "node:os";
import { join } from "node:path";
import { fixedClock } from "../../clock.ts";
import { memoryLog, memoryRecords } from "../../collect/conformance/memory-storage.ts";
import type { ImportReport, Quarantined } from "../../collect/importing.ts";
import type { Item } from "../../collect/item.ts";
import { ITEM } from "../../collect/keep-items.ts";
import { openCollect } from "../../collect/open-collect.ts";
import { keepPictures } from "../../collect/pictures/keep-pictures.ts";
import { openShops } from "../../collect/shops.ts";
import { type Config, parseConfig } from "../../config.ts";
import { problem } from "../../errors.ts";
import { openStageBook } from "../../evaluate/stage-times.ts";
import { openLooks } from "../../features/looks/looks-live.ts";
import { memoryBlobs } from "../../model/conformance/memory-blobs.ts";
import type { ModelRegistry, ModelVersion } from "../../model/registry.ts";
import type { Platform } from "../../platform.ts";
import type { Predict } from "../../scenarios/predict/predict.ts";
import type { Recommend } from "../../scenarios/recommend/recommend.ts";
import {
  type RecommendDecision,
  type RecommendRequest,
  type RuleSet,
  ruleSchema,
} from "../../scenarios/recommend/schema.ts";
import type { Analytics } from "../../storage/analytics.ts";
import type { Job, JobControl, JobKind, Jobs } from "../../storage/jobs.ts";

/**
 * A platform in memory for the tests of HTTP: collect and shops are the real ones, what is behind
 * them answers simply and at once. What is computed is not judged here, only how it is served.
 */
export const NOW = 1_750_000_000_000;

/** Words that only the shop itself may be told. */
export const markOf = (shop: string): string => `mark-of-${shop}`;

export interface TestPlatform extends Platform {
  /** Shops and persons that something was computed for. */
  readonly asked: { shop: string; request: RecommendRequest }[];
  readonly imported: { shop: string; source: string; text?: string }[];
}

export async function testPlatform(settings: object = {}): Promise<TestPlatform> {
  const config: Config = parseConfig({
    // What a feed passes through on the disk; nothing is to be left in the working directory.
    folder: join(tmpdir(), `shopkeeper-test-${process.pid}`),
    ...settings,
    server: {
      logLevel: "silent",
      overloadDelayMs: 60_000,
      ...(settings as { server?: object }).server,
    },
    access: { scryptCostLog2: 14, ...(settings as { access?: object }).access },
  });
  const clock = fixedClock(NOW, 1);
  const log = memoryLog();
  const records = memoryRecords();
  const collect = await openCollect({ log, records, clock, config: config.collect });
  const stages = openStageBook();
  collect.listen(stages.listener);
  const blobs = memoryBlobs();
  const pictures = keepPictures({ records, blobs, clock, config: config.collect.pictures });
  const looks = openLooks({ records });
  pictures.listen(looks.listener);
  const jobs = memoryJobs(clock);
  const asked: TestPlatform["asked"] = [];
  const imported: TestPlatform["imported"] = [];
  const absent = (name: string) =>
    new Proxy(
      {},
      {
        get: () => {
          throw new Error(`${name} is not here`);
        },
      },
    );
  const platform: TestPlatform = {
    config,
    clock,
    collect,
    pictures,
    looks,
    asked,
    imported,
    stageTimes: stages.of,
    provider: { asked: "cpu", inUse: "cpu", fallbacks: [] },
    warnings: ["the disk is slow"],
    shops: openShops(records, clock),
    storage: {
      log,
      records,
      jobs,
      analytics: absent("analytics") as never,
      blobs: absent("blobs") as never,
      vectors: absent("vectors") as never,
      tables: absent("tables") as never,
      backup: async (folder, progress) => {
        progress(1);
        return { folder, events: 1, records: 2, blobs: 3, bytes: 4 };
      },
      disk: async () => ({ freeBytes: 1e9, usedBytes: 1e6 }),
      close: async () => {},
    },
    importer: memoryImporter(imported),
    catalogues: {
      async of(shop) {
        const page = await records.list<Item>(shop, ITEM, { limit: 10_000 });
        const items = new Map(page.rows.map((row) => [row.id, row.value]));
        const variants = (group: string) =>
          [...items.values()].filter((item) => item.group === group);
        const groups = new Set([...items.values()].map((item) => item.group));
        return {
          item: (id: string) => items.get(id),
          variants,
          offer: (group: string) => variants(group)[0],
          groups: () => groups,
          items: items.size,
          size: groups.size,
        };
      },
    },
    recent: { of: async () => [] },
    models: memoryModels(),
    recommend: memoryRecommend(asked),
    predict: memoryPredict(),
    past: async (shop) => ({ shop, log, records, analytics: oneRow(shop) }),
    rebuild: async () => ({ events: 0, seconds: 0 }),
    close: async () => {},
  };
  return platform;
}

/** Whatever is asked of the columns is answered with one row, which tells whose it is. */
function oneRow(shop: string): Analytics {
  const who = { shopper: markOf(shop), firstSeen: NOW, lastSeen: NOW, events: 1, purchases: 1 };
  const day = { day: NOW, exposures: 1, clicks: 1, views: 1, cartAdds: 1, bought: 1 };
  const people = { viewers: 1, buyers: 1, repeatBuyers: 1, pieces: 1, lastAt: NOW };
  const taken = { orders: 1, revenueMinor: 1, throughMinor: 1, currency: "USD" };
  const steps = { visited: 1, viewed: 1, carted: 1, shown: 1, clicked: 1 };
  const size = { lines: 1, sessions: 1, eventsOfDay: 1, listsOfDay: 1, exploredOfDay: 1 };
  const row = {
    ...{ ...size, shoppers: 1, eventsSince: 1 },
    ...who,
    ...day,
    ...people,
    ...taken,
    ...steps,
  };
  return { rows: async () => [row] } as unknown as Analytics;
}

/** Answers that hold what only the shop may know. */
function memoryPredict(): Predict {
  const made = { model: "predict-000001", asOf: NOW };
  const amounts = { expectedMinor: 1_200, currency: "USD" };
  const chances = { purchase_7d: 0.25 };
  const shares = { learnShare: 0.55, stopShare: 0.15, calibrateShare: 0.15, judgeShare: 0.15 };
  const protocol = { seed: 1, ...shares, bins: 10, segmentCasesLeast: 100 };
  return {
    decide: async (shop) => ({
      ...{ ...made, request: "r-1", seed: 1, notices: [] },
      ...{ person: markOf(shop), segment: "regular", value: null, returns: null, next: [] },
      chances: [
        {
          ...{ head: "purchase_7d", days: 7, probability: 0.25, usual: 0.2, voice: "trees" },
          reasons: [{ event: "item_view", part: 0.05, text: "item_view: raised it by 5.0 points" }],
        },
      ],
    }),
    page: async (shop) => ({
      rows: [{ person: markOf(shop), segment: "regular", chances, ...amounts }],
      next: null,
      ...made,
    }),
    segments: async () => ({
      segments: [{ segment: "regular", shoppers: 3, chances, ...amounts }],
      ...made,
    }),
    report: async () => ({ ...made, protocol, heads: [], notes: [] }),
    record: async () => ({ ...made, asked: 1, recorded: 1, before: 0, withheld: 0 }),
    outcomes: async (shop) => ({
      asOf: NOW,
      models: [{ model: markOf(shop), recorded: 1, firstAt: NOW, lastAt: NOW }],
      ...{ judged: 0, heads: [], values: [] },
    }),
    train: async (shop) => versionOf2(shop, "predict-000001"),
    reload: async () => {},
    close: async () => {},
  };
}

function memoryRecommend(asked: TestPlatform["asked"]): Recommend {
  const decide = async (shop: string, request: RecommendRequest): Promise<RecommendDecision> => {
    asked.push({ shop, request });
    return {
      request: "r-1",
      surface: request.surface,
      items: [
        {
          item: `${shop}-item`,
          group: `${shop}-group`,
          position: 0,
          score: 0.5,
          sources: { popularity: 0.5 },
          propensity: 1,
          reasons: [{ code: "popular", text: "Popular here", items: [] }],
          rules: [],
          title: `A <b>thing</b> ${markOf(shop)}`,
          priceMinor: 1_200,
          currency: "USD",
          image: "data:image/svg+xml,%3Csvg/%3E",
        },
      ],
      model: "recommend-000001",
      rules: 0,
      seed: 1,
      asOf: NOW,
      notices: [],
    };
  };
  const books = new Map<string, RuleSet[]>();
  const bookOf = (shop: string): RuleSet[] => {
    const empty: RuleSet = { version: 0, at: 0, by: "", change: "none yet", rules: [] };
    const book = books.get(shop) ?? [empty];
    books.set(shop, book);
    return book;
  };
  const newest = (shop: string): RuleSet => bookOf(shop).at(-1) as RuleSet;
  const add = (shop: string, by: string, change: string, rules: RuleSet["rules"]): RuleSet => {
    const next = { version: newest(shop).version + 1, at: NOW, by, change, rules };
    bookOf(shop).push(next);
    return next;
  };
  const expected = (shop: string, expect: number | undefined): void => {
    if (expect !== undefined && expect !== newest(shop).version) throw problem("conflict", "newer");
  };
  const versionOf = (shop: string, version: number): RuleSet => {
    const found = bookOf(shop).find((set) => set.version === version);
    if (!found) throw problem("unknown-rule", `no version ${version}`);
    return found;
  };
  return {
    decide,
    warm: async () => undefined,
    explain: async (_shop, _request, item) => ({
      item,
      group: item,
      title: item,
      shown: false,
      rank: null,
      score: null,
      sources: {},
      because: [],
      stages: [{ stage: "candidates", verdict: "not among them", passed: false }],
    }),
    preview: async (shop, request) => {
      const list = await decide(shop, request);
      // biome-ignore lint/suspicious/noThenProperty: the contract's word; a list, never a function
      return { now: list, then: list, effects: {}, resting: [], steps: [] };
    },
    rules: {
      current: async (shop) => newest(shop),
      version: async (shop, version) => versionOf(shop, version),
      history: async (shop, limit) => [...bookOf(shop)].reverse().slice(0, limit),
      async put(shop, rule, by, expect) {
        expected(shop, expect);
        const parsed = ruleSchema.safeParse(rule);
        if (!parsed.success) throw problem("invalid-rule", "the rule is not valid");
        const others = newest(shop).rules.filter((one) => one.id !== parsed.data.id);
        return add(shop, by, `put ${parsed.data.id}`, [...others, parsed.data]);
      },
      async remove(shop, id, by, expect) {
        expected(shop, expect);
        const { rules } = newest(shop);
        if (!rules.some((rule) => rule.id === id)) throw problem("unknown-rule", `no rule ${id}`);
        return add(
          shop,
          by,
          `removed ${id}`,
          rules.filter((rule) => rule.id !== id),
        );
      },
      restore: async (shop, version, by) =>
        add(shop, by, `restored ${version}`, versionOf(shop, version).rules),
    },
    train: async (shop) => versionOf2(shop, "recommend-000001"),
    trainOn: async (shop) => versionOf2(shop, "recommend-000001"),
    search: async () => ({
      best: { width: 32 },
      improves: true,
      checked: { cases: 60, ndcgBefore: 0.1, ndcg: 0.2 },
      trials: [{ rung: 1, changes: { width: 32 }, epochs: 2, ndcg: 0.2 }],
      seconds: 1,
    }),
    unfinished: async () => undefined,
    exportModel: async (_shop, version, folder) => {
      return { folder, version, actions: 1, questions: 2, bytes: 3 };
    },
    importModel: async (shop, { promote }) => ({
      version: versionOf2(shop, "recommend-000002"),
      from: "recommend-000001",
      promoted: promote,
      why: markOf(shop),
    }),
    compressModel: async (shop, version, how) => ({
      version: versionOf2(shop, "recommend-000003"),
      report: {
        ...how,
        of: version,
        bytes: { before: 4, after: 1 },
        latencyMs: { before: 1, after: 1 },
        ndcg10: { before: 0.1, after: 0.1 },
        hitRate10: { before: 0.2, after: 0.2 },
        ...{ cases: 30, drop: 0, passed: true },
      },
    }),
    evaluate: async (shop, options) => ({ protocol: options, rows: [markOf(shop)] }),
    newcomers: () => null,
    held: () => ({ lists: 0, places: 0, wrong: 0, wrongItem: null }),
    reload: async () => {},
    close: async () => {},
  };
}

const versionOf2 = (shop: string, version: string): ModelVersion => ({
  shop,
  scenario: "recommend",
  version,
  createdAt: NOW,
  asOf: NOW,
  seed: 1,
  params: {},
  dataFingerprint: markOf(shop),
  blob: "1".repeat(64),
  bytes: 10,
  metrics: { "ndcg@10": 0.1 },
  fitSeconds: 1,
});

function memoryModels(): ModelRegistry {
  const find = async (shop: string, version: string): Promise<ModelVersion> => {
    if (version !== `recommend-${shop}`) throw problem("unknown-model", `no version "${version}"`);
    return versionOf2(shop, version);
  };
  return {
    add: async (shop) => versionOf2(shop, `recommend-${shop}`),
    list: async (shop) => [versionOf2(shop, `recommend-${shop}`)],
    get: find,
    load: async () => ({}),
    promote: find,
    rollback: async (shop, scenario) => {
      if (scenario !== "recommend") throw problem("unknown-model", "nothing was in service");
      return versionOf2(shop, `recommend-${shop}`);
    },
    tryOut: find,
    serving: async (shop) => ({
      inService: versionOf2(shop, `recommend-${shop}`),
      canary: undefined,
    }),
    inService: async (shop) => versionOf2(shop, `recommend-${shop}`),
    trials: async (shop) => [
      {
        ...{ id: "trial-000001", version: markOf(shop), against: `recommend-${shop}` },
        ...{ share: 0.1, since: NOW, until: null },
      },
    ],
    withdraw: async (shop, version, withdrawn) => ({ ...(await find(shop, version)), withdrawn }),
    prune: async () => 0,
  };
}

function memoryImporter(imported: TestPlatform["imported"]): Platform["importer"] {
  const report = (source: string): ImportReport => ({
    source,
    rows: 1,
    events: 0,
    items: 1,
    duplicates: 0,
    quarantined: 0,
    skipped: 0,
    withheld: 0,
    seconds: 0.1,
    resumed: false,
  });
  const rowOf = (shop: string): Quarantined => ({
    id: `q-${shop}`,
    source: "csv",
    part: "events",
    line: 3,
    reason: `no name, ${markOf(shop)}`,
    errors: [],
    kind: "event",
    input: { shop },
    at: NOW,
  });
  return {
    async run(shop, { source, from }, { signal }) {
      signal.throwIfAborted();
      const { readFile } = await import("node:fs/promises");
      const isFeed = source.startsWith("merchant");
      imported.push({ shop, source, ...(isFeed ? { text: await readFile(from, "utf8") } : {}) });
      return report(source);
    },
    sources: () => [{ name: "csv", about: "Any table" }],
    quarantined: async (shop) => ({ rows: [rowOf(shop)], next: undefined }),
    replay: async (shop, ids) => ({
      taken: ids?.includes(`q-${shop}`) === false ? 0 : 1,
      refused: 0,
    }),
    discard: async (shop, ids) => ids.filter((id) => id === `q-${shop}`).length,
  };
}

function memoryJobs(clock: () => number): Jobs {
  const kinds = new Map<string, JobKind<unknown, unknown>>();
  const jobs = new Map<string, Job>();
  const ends = new Map<string, Promise<void>>();
  let made = 0;
  const of = (shop: string, id: string): Job | undefined => {
    const job = jobs.get(id);
    return job?.shop === shop ? job : undefined;
  };
  const run = async (job: Job, kind: JobKind<unknown, unknown>): Promise<void> => {
    const control: JobControl = {
      signal: new AbortController().signal,
      progress: (progress) => jobs.set(job.id, { ...(jobs.get(job.id) as Job), progress }),
      compute: () => Promise.reject(new Error("no workers here")),
    };
    const end = { endedAt: clock() as never };
    try {
      const result = await kind.run(job, control);
      jobs.set(job.id, { ...(jobs.get(job.id) as Job), ...end, state: "done", result });
    } catch (error) {
      const detail = error instanceof Error ? error.message : String(error);
      jobs.set(job.id, { ...job, ...end, state: "failed", error: { code: "bug", detail } });
    }
  };
  return {
    handle: (kind) => void kinds.set(kind.kind, kind as JobKind<unknown, unknown>),
    start: async () => {},
    async enqueue(shop, kind, payload) {
      made++;
      const found = kinds.get(kind);
      if (!found) throw problem("invalid-request", `no kind "${kind}"`);
      const job: Job = {
        id: `job-${made}`,
        shop,
        kind,
        payload,
        state: "queued",
        progress: { stage: "waiting", done: 0, total: null, unit: "steps" },
        createdAt: clock() as never,
        startedAt: null,
        endedAt: null,
        result: null,
        error: null,
      };
      jobs.set(job.id, job);
      ends.set(
        job.id,
        new Promise((resolve) => setImmediate(resolve)).then(() => run(job, found)),
      );
      return job;
    },
    get: async (shop, id) => of(shop, id),
    list: async (shop, limit) =>
      [...jobs.values()]
        .filter((job) => job.shop === shop)
        .reverse()
        .slice(0, limit),
    async cancel(shop, id) {
      const job = of(shop, id);
      if (!job) throw problem("unknown-job", `no job "${id}"`);
      jobs.set(id, { ...job, state: "cancelled", endedAt: clock() as never });
      return jobs.get(id) as Job;
    },
    async settled(shop, id) {
      await ends.get(id);
      const job = of(shop, id);
      if (!job) throw problem("unknown-job", `no job "${id}"`);
      return job;
    },
    compute: () => Promise.reject(new Error("no workers here")),
    close: async () => {},
  };
}
