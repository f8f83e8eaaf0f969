import { tmpdir } from "node:os";
import type { EventInput } from "../../../collect/event.ts";
import { hashedEventId } from "../../../collect/event-id.ts";
import type { ItemInput } from "../../../collect/item.ts";
import { parseConfig } from "../../../config.ts";
import type { Catalogues } from "../../../features/catalogue.ts";
import { openCatalogues } from "../../../features/catalogue-live.ts";
import { noon, type OpenShop, openShop } from "../../../features/conformance/open-shop.ts";
import { type LiveLooks, openLooks } from "../../../features/looks/looks-live.ts";
import type { Recent } from "../../../features/recent.ts";
import { openRecent } from "../../../features/recent-live.ts";
import { memoryBlobs } from "../../../model/conformance/memory-blobs.ts";
import type { ModelRegistry } from "../../../model/registry.ts";
import { openModelRegistry } from "../../../model/registry-records.ts";
import { fileTables } from "../../../storage/engines/file-tables.ts";
import type { ComputeTask, JobControl } from "../../../storage/jobs.ts";
import type { Tables } from "../../../storage/tables.ts";
import { openRecommend } from "../open-recommend.ts";
import type { Recommend } from "../recommend.ts";
import type { RecommendParams, RecommendRequest } from "../schema.ts";
import { recommendParamsSchema, recommendRequestSchema } from "../schema.ts";

/**
 * A shop with the scenario in service, on real engines: twenty groups in two departments, kitchen
 * and garden, whose shoppers walk through their department in order, and what they then buy.
 */
export interface Trade extends OpenShop {
  readonly recommend: Recommend;
  readonly models: ModelRegistry;
  readonly tables: Tables;
  readonly catalogues: Catalogues;
  readonly recent: Recent;
  readonly looks: LiveLooks;
  /** Moves the clock. @unit ms */
  wait(ms: number): void;
  now(): number;
  train(params?: Partial<RecommendParams>, seed?: number): Promise<string>;
}

export const MINUTE = 60_000;
export const DAY = 86_400_000;

export const request = (fields: Partial<RecommendRequest>): RecommendRequest =>
  recommendRequestSchema.parse({ surface: "home", ...fields }) as RecommendRequest;

export async function openTrade(explorationShare = 0): Promise<Trade> {
  let now = noon;
  const clock = (): never => now as never;
  const shop = await openShop(clock);
  const { collect, records, log } = shop;
  const config = parseConfig({ recommend: { explorationShare } });
  const catalogues = openCatalogues({ records });
  const looks = openLooks({ records });
  const recent = openRecent({ log, config: config.features, personOf: collect.personOf });
  collect.listen(catalogues.listener);
  collect.listen(recent.listener);
  const tables = fileTables({
    ...{ memoryMib: 256, threads: 1, temporary: tmpdir() },
    ...{ maxLineBytes: 1_048_576, maxBadLines: 0 },
  });
  const blobs = memoryBlobs();
  const models = openModelRegistry({ records, blobs, clock });
  let answers = 0;
  const recommend = openRecommend({
    config,
    clock,
    records,
    catalogues,
    looks,
    recent,
    collect,
    models,
    blobs,
    tables,
    past: async () => shop.past,
    newRequestId: () => hashedEventId("answer", String(answers++)),
  });
  return {
    ...shop,
    recommend,
    models,
    tables,
    catalogues,
    looks,
    recent,
    now: () => now,
    async close() {
      await recommend.close();
      await tables.close();
      await shop.close();
    },
    wait(ms) {
      now += ms;
    },
    async train(params = {}, seed = 1) {
      const whole = recommendParamsSchema.parse(params) as RecommendParams;
      const version = await recommend.train(shop.shop, whole, seed, inlineControl());
      return version.version;
    },
  };
}

/** Runs what a worker would run, here. */
export function inlineControl(stages: string[] = []): JobControl {
  return {
    signal: new AbortController().signal,
    progress: ({ stage }) => {
      stages.push(stage);
    },
    async compute<T>({ module, name, argument }: ComputeTask): Promise<T> {
      const loaded = (await import(module)) as Record<string, (given: unknown) => Promise<T>>;
      return structuredClone(await loaded[name]?.(structuredClone(argument))) as T;
    },
  };
}

const DEPARTMENTS = ["kitchen", "garden"] as const;
export const groupName = (department: string, at: number): string => `${department}-${at}`;

export function items(): ItemInput[] {
  return DEPARTMENTS.flatMap((department, d) =>
    Array.from({ length: 10 }, (_, at): ItemInput => {
      const group = groupName(department, at);
      return {
        item: `${group}-blue`,
        group,
        title: { en: `${department} thing ${at}`, zh: `${d === 0 ? "厨房" : "花园"}用品${at}` },
        brand: at % 2 === 0 ? "Acme" : "Bolt",
        categories: [department, at < 5 ? "small" : "large"],
        priceMinor: 1_000 + 100 * at,
        currency: "EUR",
        stock: 9,
        createdAt: noon - 100 * DAY + at,
      };
    }),
  );
}

/** Person i looks at four groups from place i on, every third buys two; then all come once more. */
export function walks(persons: number): EventInput[] {
  return [0, 1].flatMap((session) =>
    Array.from({ length: persons }, (_, person) => walk(person, session)).flat(),
  );
}

function walk(person: number, session: number): EventInput[] {
  const department = DEPARTMENTS[person % 2] as string;
  const start = noon - (20 - 10 * session) * DAY + person * 30 * MINUTE;
  const from = person + 4 * session;
  const item = (step: number): string => `${groupName(department, (from + step) % 10)}-blue`;
  const looked = [0, 1, 2, 3].map((step): EventInput => {
    const at = start + step * MINUTE;
    return happening(person, `${session} look ${step}`, at, "item_view", [item(step)]);
  });
  if (person % 3 !== 0) return looked;
  const pair = [item(0), item(1)];
  return [...looked, happening(person, `${session} order`, start + 5 * MINUTE, "purchase", pair)];
}

function happening(
  person: number,
  what: string,
  at: number,
  name: EventInput["name"],
  of: readonly string[],
): EventInput {
  return {
    eventId: hashedEventId("walk", `${person} ${what}`),
    shopper: `p${person}`,
    at,
    name,
    items: of.map((item) => ({ item })),
  };
}
