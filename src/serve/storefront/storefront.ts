import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { problem } from "../../errors.ts";
import type { Platform } from "../../platform.ts";
import type { Keys } from "../keys.ts";
import { DEMO } from "../pages/demo.ts";
import { html } from "../pages/html.ts";
import type { DemoWorld } from "../pages/pictures.ts";
import { addActions } from "./actions.ts";
import { type BrowseQuery, browse, browseQuery } from "./browse.ts";
import { cartPage } from "./cart.ts";
import { checkoutPage, thanksPage } from "./checkout.ts";
import { framed } from "./frame.ts";
import { type Drawn, type Front, type Visit, visitOf } from "./front.ts";
import { home } from "./home.ts";
import { itemPage } from "./item-page.ts";
import { addLive } from "./live.ts";
import { type Orders, openOrders } from "./orders.ts";
import { openPeople } from "./people.ts";
import { drawShelves, isShelfName } from "./shelves.ts";
import { shoppersPage } from "./shoppers-page.ts";
import { stylesheet } from "./style.ts";
import { answerWithPage } from "./trouble.ts";
import { keepVisitor, visitorOf } from "./visitor.ts";

/**
 * The demo shop as a storefront, at /shop: pages that work without a script, lists that the live
 * platform decides, and a script that tells what is done and asks the lists again.
 */
export function addStorefront(
  server: FastifyInstance,
  platform: Platform,
  keys: Keys,
  world: DemoWorld,
): void {
  let key: string | undefined;
  const front: Front = {
    platform,
    people: openPeople(platform, world),
    key: () => {
      key ??= keys.lend({ role: "publishable", shop: DEMO, name: "storefront" });
      return key;
    },
  };
  const orders = openOrders(platform);
  server.register((own, _options, done) => {
    own.addContentTypeParser(
      "application/x-www-form-urlencoded",
      { parseAs: "string" },
      (_request, body, parsed) =>
        parsed(null, Object.fromEntries(new URLSearchParams(String(body)))),
    );
    own.setErrorHandler(answerWithPage);
    own.addHook("preHandler", async () => {
      const shops = await platform.shops.list();
      if (!shops.some(({ id }) => id === DEMO)) {
        throw problem("unknown-shop", `there is no shop "${DEMO}"`);
      }
    });
    addPages(own, front, orders);
    addActions(own, front, orders);
    addLive(own, front);
    done();
  });
  server.get("/shop/storefront.css", { schema: { hide: true } }, (_request, reply) =>
    reply
      .type("text/css; charset=utf-8")
      .header("cache-control", "public, max-age=300")
      .send(stylesheet),
  );
}

/** What a page is drawn from; undefined when there is no such page. */
type Draw<Query> = (
  visit: Visit,
  query: Query,
  name: string,
) => Promise<Drawn | undefined> | Drawn | undefined;

const anyQuery = z.object({});
const itemQuery = z.object({
  from: z
    .string()
    .regex(/^[\w-]{1,64}$/)
    .optional()
    .catch(undefined),
});
const thanksQuery = z.object({ order: z.guid().toLowerCase() });
const listsQuery = z.object({
  shelves: z.string().max(200),
  items: z.string().max(2_048).default(""),
  category: z.string().max(256).default(""),
});

function addPages(server: FastifyInstance, front: Front, orders: Orders): void {
  const page = <Query>(path: string, querystring: z.ZodType<Query, unknown>, draw: Draw<Query>) => {
    const options = { schema: { hide: true, querystring }, config: { scope: "public" as const } };
    server.get(path, options, async (request, reply) => {
      const visitor = visitorOf(request);
      const visit = await visitOf(front, request, visitor);
      const { name = "" } = request.params as { name?: string };
      const drawn =
        (await draw(visit, request.query as Query, name)) ?? lost(visit, visit.words.nothing);
      keepVisitor(reply, visitor, ["who", "lang"]);
      return reply
        .code(drawn.status ?? 200)
        .type("text/html; charset=utf-8")
        .header("cache-control", "no-store")
        .send(framed(visit, drawn));
    });
  };
  page("/shop", anyQuery, home);
  page<BrowseQuery>("/shop/search", browseQuery, (visit, query) => browse(visit, query, undefined));
  page<BrowseQuery>("/shop/category/:name", browseQuery, browse);
  page("/shop/item/:name", itemQuery, (visit, { from }, name) => itemPage(visit, name, from));
  page("/shop/cart", anyQuery, cartPage);
  page("/shop/checkout", anyQuery, async (visit) => checkoutPage(visit) ?? cartPage(visit));
  page("/shop/thanks", thanksQuery, async (visit, { order }) => {
    const found = await orders.find(visit, order);
    return found === undefined ? lost(visit, visit.words.noOrder) : thanksPage(visit, found);
  });
  page("/shop/shoppers", anyQuery, shoppersPage);
  server.get<{ Querystring: z.infer<typeof listsQuery> }>(
    "/shop/lists",
    { schema: { hide: true, querystring: listsQuery }, config: { scope: "public" } },
    async (request, reply) => {
      const { shelves, items, category } = request.query;
      const visit = await visitOf(front, request, visitorOf(request));
      const drawn = await drawShelves(visit, shelves.split(",").filter(isShelfName), {
        items: items.split(",").filter((id) => visit.catalogue.item(id) !== undefined),
        category: category || undefined,
      });
      const { markup } = html`${drawn}`;
      reply.type("text/html; charset=utf-8").header("cache-control", "no-store");
      return reply.send(markup);
    },
  );
}

function lost({ words }: Visit, title: string): Drawn {
  const main = html`<div class="empty"><h1>${title}</h1>
<p>${words.nothingNote}</p><p><a class="main" href="/shop">${words.home}</a></p></div>`;
  return { title, main, status: 404 };
}
