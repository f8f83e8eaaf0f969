import type { FastifyInstance, LightMyRequestResponse } from "fastify";
import { SAMPLE_PASSWORD } from "./signed-in.ts";

/**
 * One good request for every operation of the API, in a shop whose ids all begin with the shop's
 * name. A test keeps the list complete, so that no new route escapes the tests that run over it.
 */
export interface SampleCall {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly url: string;
  readonly payload?: object | string;
  readonly type?: string;
  readonly status?: number;
  /** It is about who is signed in, so it must be made by a user. */
  readonly signedIn?: true;
}

const event = (shop: string): object => ({
  eventId: "018f0000-0000-7000-8000-0000000000aa",
  name: "item_view",
  shopper: `${shop}-shopper`,
  items: [{ item: `${shop}-item` }],
});

export const item = (shop: string): object => ({
  item: `${shop}-item`,
  title: { en: `${shop} tea`, zh: "茶" },
  priceMinor: 990,
  currency: "USD",
});

const ask = (shop: string): object => ({ surface: "home", shopper: `${shop}-shopper` });

/** One red pixel. */
export const PICTURE: Buffer = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==",
  "base64",
);

const feed = (shop: string): string =>
  `id\ttitle\tprice\tavailability\n${shop}-fed\tFed\t5.00 USD\tin stock\n`;

export const sampleCalls = (shop: string): Readonly<Record<string, SampleCall>> => ({
  sendEvents: { method: "POST", url: "/v1/events", payload: { events: [event(shop)] } },
  sendGa4Events: {
    method: "POST",
    url: "/v1/events/ga4",
    payload: {
      client_id: `${shop}-client`,
      events: [{ name: "view_item", params: { items: [{ item_id: `${shop}-item` }] } }],
    },
  },
  sendSegmentEvents: {
    method: "POST",
    url: "/v1/events/segment",
    payload: {
      type: "track",
      event: "Product Viewed",
      userId: `${shop}-shopper`,
      properties: { product_id: `${shop}-item` },
    },
  },
  streamEvents: {
    method: "POST",
    url: "/v1/events/stream",
    payload: `${JSON.stringify(event(shop))}\n`,
    type: "application/x-ndjson",
  },
  upsertItems: { method: "POST", url: "/v1/items", payload: { items: [item(shop)] } },
  putItems: { method: "PUT", url: "/v1/items", payload: item(shop) },
  listItems: { method: "GET", url: "/v1/items?limit=10" },
  getItemInsights: { method: "GET", url: `/v1/items/${shop}-item/insights?days=7` },
  uploadMerchantFeed: {
    method: "POST",
    url: "/v1/items/merchant",
    payload: feed(shop),
    type: "text/tab-separated-values",
  },
  putPicture: {
    method: "PUT",
    url: `/v1/items/${shop}-item/picture`,
    payload: PICTURE,
    type: "image/png",
  },
  getPicture: { method: "GET", url: `/v1/items/${shop}-item/picture` },
  removePicture: { method: "DELETE", url: `/v1/items/${shop}-item/picture`, status: 204 },
  getItem: { method: "GET", url: `/v1/items/${shop}-item` },
  patchItem: { method: "PATCH", url: `/v1/items/${shop}-item`, payload: { stock: 3 } },
  getOverview: { method: "GET", url: "/v1/overview?days=7" },
  getPipeline: { method: "GET", url: "/v1/pipeline" },
  listShoppers: { method: "GET", url: "/v1/shoppers?limit=10&q=a" },
  getShopper: { method: "GET", url: `/v1/shoppers/${shop}-shopper?limit=5` },
  mergeShopper: {
    method: "POST",
    url: "/v1/shoppers/merge",
    payload: { anonymous: `${shop}-client`, shopper: `${shop}-shopper` },
  },
  recommend: { method: "POST", url: "/v1/recommendations", payload: ask(shop) },
  recommendOnSurface: {
    method: "GET",
    url: `/v1/recommendations/cart?items=${shop}-item,${shop}-other&limit=3&record=false`,
  },
  explainRecommendation: {
    method: "POST",
    url: "/v1/recommendations/explain",
    payload: { request: ask(shop), item: `${shop}-item` },
  },
  predict: {
    method: "POST",
    url: "/v1/predictions",
    payload: { shopper: `${shop}-shopper` },
  },
  listPredictions: { method: "GET", url: "/v1/predictions?limit=5" },
  predictSegments: { method: "GET", url: "/v1/predictions/segments" },
  predictOutcomes: { method: "GET", url: "/v1/predictions/outcomes?model=predict-000001" },
  recordPredictions: {
    method: "POST",
    url: "/v1/predictions/record",
    payload: { segments: ["regular"] },
    status: 202,
  },
  predictReport: { method: "GET", url: "/v1/predictions/report" },
  trainPredictions: {
    method: "POST",
    url: "/v1/predictions/train",
    payload: { seed: 3 },
    status: 202,
  },
  previewRules: {
    method: "POST",
    url: "/v1/recommendations/preview",
    payload: { request: ask(shop), rules: [] },
  },
  putRule: {
    method: "PUT",
    url: "/v1/rules",
    payload: { id: `${shop}-rule`, kind: "pin", item: `${shop}-item`, position: 0 },
  },
  getRules: { method: "GET", url: "/v1/rules" },
  listRuleVersions: { method: "GET", url: "/v1/rules/versions" },
  getRuleVersion: { method: "GET", url: "/v1/rules/versions/1" },
  restoreRuleVersion: { method: "POST", url: "/v1/rules/versions/1/restore" },
  removeRule: { method: "DELETE", url: `/v1/rules/${shop}-rule` },
  listModels: { method: "GET", url: "/v1/models?scenario=recommend" },
  getModel: { method: "GET", url: `/v1/models/recommend-${shop}` },
  promoteModel: { method: "POST", url: `/v1/models/recommend-${shop}/promote` },
  getServing: { method: "GET", url: "/v1/models/serving" },
  tryModel: {
    method: "POST",
    url: `/v1/models/recommend-${shop}/canary`,
    payload: { share: 0.1 },
  },
  withdrawModel: {
    method: "POST",
    url: `/v1/models/recommend-${shop}/withdraw`,
    payload: { why: "a bad day" },
  },
  rollbackModel: {
    method: "POST",
    url: "/v1/models/rollback",
    payload: { scenario: "recommend" },
  },
  compressModel: {
    method: "POST",
    url: `/v1/models/recommend-${shop}/compress`,
    payload: { method: "int8" },
    status: 202,
  },
  listExperiments: { method: "GET", url: "/v1/experiments" },
  getExperiment: { method: "GET", url: "/v1/experiments/trial-000001?effect=0.05" },
  exportModel: {
    method: "POST",
    url: `/v1/models/recommend-${shop}/export`,
    payload: { folder: `/${shop}-left` },
    status: 202,
  },
  importModel: {
    method: "POST",
    url: "/v1/models/import",
    payload: { folder: `/${shop}-left` },
    status: 202,
  },
  train: { method: "POST", url: "/v1/train", payload: { seed: 3 }, status: 202 },
  searchParams: {
    method: "POST",
    url: "/v1/train/search",
    payload: { budgetMinutes: 1 },
    status: 202,
  },
  getTrainingSchedule: { method: "GET", url: "/v1/train/schedule" },
  setTrainingSchedule: {
    method: "PUT",
    url: "/v1/train/schedule",
    payload: { everyHours: 6, fullEveryHours: null },
  },
  evaluate: { method: "POST", url: "/v1/evaluate", payload: { ks: [5, 10] }, status: 202 },
  startImport: {
    method: "POST",
    url: "/v1/imports",
    payload: { source: "csv", from: `/${shop}.csv` },
    status: 202,
  },
  listImportSources: { method: "GET", url: "/v1/imports/sources" },
  listJobs: { method: "GET", url: "/v1/jobs" },
  getJob: { method: "GET", url: `/v1/jobs/job-of-${shop}` },
  cancelJob: { method: "POST", url: `/v1/jobs/job-of-${shop}/cancel` },
  listReports: { method: "GET", url: "/v1/reports" },
  getLatestReport: { method: "GET", url: "/v1/reports/latest" },
  getReport: { method: "GET", url: "/v1/reports/report-000001" },
  exportEvents: { method: "GET", url: "/v1/export/events" },
  exportItems: { method: "GET", url: "/v1/export/items" },
  importLines: {
    method: "POST",
    url: "/v1/import",
    payload: `${JSON.stringify(item(shop))}\n${JSON.stringify(event(shop))}\n`,
    type: "application/x-ndjson",
  },
  listQuarantine: { method: "GET", url: "/v1/quarantine" },
  replayQuarantine: {
    method: "POST",
    url: "/v1/quarantine/replay",
    payload: { ids: [`q-${shop}`] },
  },
  discardQuarantine: {
    method: "POST",
    url: "/v1/quarantine/discard",
    payload: { ids: [`q-${shop}`] },
  },
  getRetention: { method: "GET", url: "/v1/retention" },
  changeRetention: { method: "PATCH", url: "/v1/retention", payload: { anonymousDays: 3_000 } },
  previewRetention: { method: "POST", url: "/v1/retention/preview", payload: { shopperDays: 30 } },
  applyRetention: { method: "POST", url: "/v1/retention/apply", status: 202 },
  listRetentionCertificates: { method: "GET", url: "/v1/retention/certificates" },
  listWebhooks: { method: "GET", url: "/v1/webhooks" },
  createWebhook: {
    method: "POST",
    url: "/v1/webhooks",
    payload: { url: `https://${shop}.invalid/told`, kinds: ["training.finished"] },
    status: 201,
  },
  changeWebhook: {
    method: "PATCH",
    url: `/v1/webhooks/webhook-of-${shop}`,
    payload: { enabled: false },
  },
  renewWebhookSecret: { method: "POST", url: `/v1/webhooks/webhook-of-${shop}/secret` },
  testWebhook: { method: "POST", url: `/v1/webhooks/webhook-of-${shop}/test` },
  listWebhookDeliveries: { method: "GET", url: `/v1/webhooks/webhook-of-${shop}/deliveries` },
  repeatWebhookDelivery: {
    method: "POST",
    url: `/v1/webhooks/webhook-of-${shop}/deliveries/webhook-of-${shop}.000000000001/again`,
  },
  removeWebhook: { method: "DELETE", url: `/v1/webhooks/webhook-of-${shop}` },
  getStatus: { method: "GET", url: "/v1/status" },
  listShops: { method: "GET", url: "/v1/shops" },
  createShop: { method: "POST", url: "/v1/shops", payload: { id: shop } },
  listKeys: { method: "GET", url: "/v1/keys" },
  createKey: {
    method: "POST",
    url: "/v1/keys",
    payload: { role: "secret", shop, name: `${shop} till` },
    status: 201,
  },
  revokeKey: { method: "DELETE", url: `/v1/keys/key-of-${shop}` },
  startBackup: {
    method: "POST",
    url: "/v1/backup",
    payload: { folder: "/backup" },
    status: 202,
  },
  startRebuild: { method: "POST", url: "/v1/rebuild", status: 202 },
  listWarnings: { method: "GET", url: "/v1/warnings" },
  getCompute: { method: "GET", url: "/v1/compute" },
  getConfig: { method: "GET", url: "/v1/config" },
  signIn: {
    method: "POST",
    url: "/v1/session",
    payload: { name: `${shop}-owner`, password: SAMPLE_PASSWORD },
    status: 201,
  },
  getSession: { method: "GET", url: "/v1/session", signedIn: true },
  changePassword: {
    method: "PUT",
    url: "/v1/session/password",
    payload: { current: SAMPLE_PASSWORD, password: `another ${SAMPLE_PASSWORD}` },
    signedIn: true,
  },
  signOut: { method: "DELETE", url: "/v1/session", status: 204, signedIn: true },
  listUsers: { method: "GET", url: "/v1/users" },
  createUser: {
    method: "POST",
    url: "/v1/users",
    payload: { name: `${shop}-anna`, role: "viewer", shops: [shop] },
    status: 201,
  },
  changeUser: { method: "PATCH", url: `/v1/users/${shop}-anna`, payload: { role: "editor" } },
  removeUser: { method: "DELETE", url: `/v1/users/${shop}-anna` },
  listAudit: { method: "GET", url: "/v1/audit?limit=5" },
  watchShop: { method: "GET", url: "/v1/live?snapshots=1" },
  isLive: { method: "GET", url: "/health/live" },
  isReady: { method: "GET", url: "/health/ready" },
  getMetrics: { method: "GET", url: "/metrics" },
  eraseShopper: { method: "DELETE", url: `/v1/shoppers/${shop}-shopper` },
  removeItem: { method: "DELETE", url: `/v1/items/${shop}-item`, status: 204 },
});

export function send(
  server: FastifyInstance,
  call: SampleCall,
  headers: Readonly<Record<string, string>>,
  remoteAddress = "203.0.113.9",
): Promise<LightMyRequestResponse> {
  const { method, url, payload, type } = call;
  return server.inject({
    method,
    url,
    remoteAddress,
    headers: type ? { ...headers, "content-type": type } : { ...headers },
    ...(payload === undefined ? {} : { payload }),
  });
}

export interface Operation {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly scope: "public" | "publishable" | "secret" | "owner" | "metrics" | "session";
  readonly takesShop: boolean;
  readonly problems: readonly string[];
}

interface RawOperation {
  readonly operationId: string;
  readonly "x-scope": Operation["scope"];
  readonly parameters?: readonly { readonly name: string }[];
  readonly responses: Readonly<Record<string, { readonly description: string }>>;
}

/** Every operation, as the OpenAPI document tells the world. */
export function operationsOf(server: FastifyInstance): readonly Operation[] {
  const { paths = {} } = server.swagger() as { paths?: Record<string, object> };
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods as Record<string, RawOperation>).map(([method, raw]) => ({
      id: raw.operationId,
      method,
      path,
      scope: raw["x-scope"],
      takesShop: raw.parameters?.some(({ name }) => name === "X-Shop") ?? false,
      problems: Object.entries(raw.responses)
        .filter(([status]) => Number(status) >= 400)
        .flatMap(([, { description }]) => description.replaceAll("`", "").split(", ")),
    })),
  );
}
