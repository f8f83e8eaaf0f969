import { z } from "zod";
import { listOf, pageParts } from "../answers.ts";
import { detailOf } from "../http/audited.ts";
import { readCursor, writeCursor } from "../http/cursor.ts";
import { type Route, route } from "../http/route.ts";
import { type Delivery, type NewWebhook, type Webhook, webhookKinds } from "../webhooks/webhook.ts";

/** Addresses that are told what happens in the shop. */
const kind = z.enum(webhookKinds);
const url = z
  .string()
  .min(1)
  .max(2_048)
  .describe("https://…, of a host on the internet; on this machine http:// where it is allowed");
const kinds = z
  .array(kind)
  .min(1)
  .max(webhookKinds.length)
  .describe("What is told there")
  .transform((given) => [...new Set(given)]);

const webhookSchema: z.ZodType<Webhook> = z
  .object({
    id: z.string(),
    url: z.string(),
    kinds: z.array(kind),
    enabled: z.boolean().describe("False: nothing is sent, and what waits goes on waiting"),
    createdAt: z.number(),
    masked: z.string().describe("Begin and end of the secret"),
  })
  .meta({ id: "Webhook" });

const newWebhookSchema: z.ZodType<NewWebhook> = z
  .object({
    webhook: webhookSchema,
    secret: z.string().describe("What deliveries are signed with; shown this once"),
  })
  .meta({ id: "NewWebhook" });

const deliverySchema: z.ZodType<Delivery> = z
  .object({
    id: z.string().describe("Grows; the same at each try: what a repetition is known by"),
    webhook: z.string(),
    kind: z.enum([...webhookKinds, "test"]),
    createdAt: z.number(),
    state: z.enum(["waiting", "delivered", "failed"]),
    attempts: z.int().min(0),
    nextAt: z.number().nullable().describe("When it is tried next; null when it has ended"),
    last: z
      .object({
        at: z.number(),
        durationMs: z.number(),
        status: z.number().nullable().describe("Null when there was no answer"),
        answer: z.string().describe("The begin of what was answered"),
        error: z.string().nullable().describe("Why it does not count; null when it was taken"),
      })
      .nullable()
      .describe("The last try"),
    body: z.string().describe("What is sent, as JSON"),
  })
  .meta({ id: "WebhookDelivery" });

const webhookPath = z.object({ webhook: z.string().min(1).max(64) });
const deliveryPath = webhookPath.extend({ delivery: z.string().min(1).max(128) });

/** Addresses may hold what opens a door: the audit log is told of the host alone. */
const toldOf = (body: object & { url?: string | undefined }): string =>
  detailOf({ ...body, ...(body.url && { url: new URL(body.url).host }) });

const everySecret = { tag: "webhooks", scope: "secret", shop: "required" } as const;

const kept: readonly Route[] = [
  route({
    ...everySecret,
    method: "GET",
    path: "/v1/webhooks",
    id: "listWebhooks",
    summary: "Addresses that are told what happens, with what signs masked",
    answer: listOf(webhookSchema),
    run: ({ webhooks, shop }) => ({ rows: webhooks.list(shop), next: null }),
  }),
  route({
    ...everySecret,
    method: "POST",
    path: "/v1/webhooks",
    id: "createWebhook",
    summary: "Tell an address what happens from now on; its secret is shown this once",
    about:
      "Each delivery is signed as Standard Webhooks are, and sent until it is answered by 2xx.",
    status: 201,
    body: z.strictObject({ url, kinds }).meta({ id: "NewWebhookRequest" }),
    answer: newWebhookSchema,
    problems: ["limit-reached"],
    run: ({ webhooks, shop, body }) => webhooks.create(shop, body),
    words: ({ body }, { webhook }) => ({ target: webhook.id, detail: toldOf(body) }),
  }),
  route({
    ...everySecret,
    method: "PATCH",
    path: "/v1/webhooks/:webhook",
    id: "changeWebhook",
    summary: "Change the address, what is told there, or whether anything is",
    params: webhookPath,
    body: z
      .strictObject({
        url: url.optional(),
        kinds: kinds.optional(),
        enabled: z.boolean().optional(),
      })
      .meta({ id: "WebhookChange" }),
    answer: webhookSchema,
    problems: ["unknown-webhook"],
    run: ({ webhooks, shop, path, body }) => webhooks.change(shop, path.webhook, body),
    words: ({ path, body }) => ({ target: path.webhook, detail: toldOf(body) }),
  }),
  route({
    ...everySecret,
    method: "POST",
    path: "/v1/webhooks/:webhook/secret",
    id: "renewWebhookSecret",
    summary: "A new secret, shown this once; the one before signs beside it for a day",
    params: webhookPath,
    answer: newWebhookSchema,
    problems: ["unknown-webhook"],
    run: ({ webhooks, shop, path }) => webhooks.renewSecret(shop, path.webhook),
  }),
  route({
    ...everySecret,
    method: "DELETE",
    path: "/v1/webhooks/:webhook",
    id: "removeWebhook",
    summary: "Tell an address nothing any more; what waits for it is dropped",
    params: webhookPath,
    answer: webhookSchema,
    problems: ["unknown-webhook"],
    run: ({ webhooks, shop, path }) => webhooks.remove(shop, path.webhook),
  }),
];

const told: readonly Route[] = [
  route({
    ...everySecret,
    method: "POST",
    path: "/v1/webhooks/:webhook/test",
    id: "testWebhook",
    summary: "Send a test, once, and answer what came of it",
    slow: true,
    params: webhookPath,
    answer: deliverySchema,
    problems: ["unknown-webhook"],
    run: ({ webhooks, shop, path }) => webhooks.test(shop, path.webhook),
    words: ({ path }, { id }) => ({ target: path.webhook, detail: detailOf({ id }) }),
  }),
  route({
    ...everySecret,
    method: "GET",
    path: "/v1/webhooks/:webhook/deliveries",
    id: "listWebhookDeliveries",
    summary: "What was told and what waits, newest first",
    params: webhookPath,
    query: z.strictObject(pageParts),
    answer: listOf(deliverySchema),
    problems: ["unknown-webhook"],
    run: async ({ webhooks, shop, path, query: { limit, cursor } }) => {
      const list = `deliveries ${path.webhook}`;
      const after = readCursor(list, cursor);
      const rows = await webhooks.deliveries(shop, path.webhook, { limit: limit + 1, after });
      const page = rows.slice(0, limit);
      const next = rows.length > limit ? page.at(-1)?.id : undefined;
      return { rows: page, next: writeCursor(list, next) };
    },
  }),
  route({
    ...everySecret,
    method: "POST",
    path: "/v1/webhooks/:webhook/deliveries/:delivery/again",
    id: "repeatWebhookDelivery",
    summary: "Send a delivery once more, under the same id",
    params: deliveryPath,
    answer: deliverySchema,
    problems: ["unknown-webhook", "unknown-delivery"],
    run: ({ webhooks, shop, path }) => webhooks.again(shop, path.webhook, path.delivery),
  }),
];

export const webhookRoutes: readonly Route[] = [...kept, ...told];
