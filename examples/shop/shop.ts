/**
 * A small shop with Node alone, wired as in docs/guide/wire-your-shop.md: its pages carry the tracker
 * and a list, its server sends the orders. The same lines fit into Express or any other server.
 * Run: SHOPKEEPER_URL=… SHOPKEEPER_KEY=sk_… SHOPKEEPER_PAGE_KEY=pk_… npx tsx examples/shop/shop.ts
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { type ItemInput, openClient, type Shopkeeper } from "../../client/src/index.ts";

export interface ShopSettings {
  /** Where Shopkeeper is. */
  readonly url: string;
  /** The secret key: it stays on this server. */
  readonly key: string;
  /** The shop that is meant, with an owner's key. */
  readonly shop?: string;
  /** The publishable key: it stands in the pages. */
  readonly pageKey: string;
}

const goods = [
  { item: "green", title: "Green tea", priceMinor: 900, currency: "EUR", stock: 20 },
  { item: "black", title: "Black tea", priceMinor: 800, currency: "EUR", stock: 20 },
  { item: "cup", title: "Tea cup", priceMinor: 1_500, currency: "EUR", stock: 5 },
] as const satisfies readonly ItemInput[];

type Item = (typeof goods)[number];

/** The catalogue is sent when the shop opens; sending it again changes nothing. */
export async function openShop(settings: ShopSettings): Promise<Server> {
  const client = openClient(settings);
  await client.items.upsertItems({
    items: goods.map((item) => ({ ...item, link: `/item/${item.item}` })),
  });
  return createServer((request, response) => {
    void serve(client, settings, request).then(
      ([status, html, location]) => send(response, status, html, location),
      (error: unknown) => send(response, 500, String(error)),
    );
  });
}

type Page = readonly [status: number, html: string, location?: string];

async function serve(
  client: Shopkeeper,
  settings: ShopSettings,
  request: IncomingMessage,
): Promise<Page> {
  const { pathname } = new URL(request.url ?? "/", "http://shop");
  const [, part = "", id = ""] = pathname.split("/");
  const item = goods.find((one) => one.item === id);
  if (part === "") return [200, page(settings, "Tea house", home(settings))];
  if (part === "item" && item) return [200, page(settings, item.title, itemPage(settings, item))];
  if (part === "buy" && item && request.method === "POST") {
    await sell(client, item, anonymousOf(request));
    return [303, "", "/"];
  }
  return [404, page(settings, "Not here", "<p>There is no such page.</p>")];
}

/**
 * An order is told by the server: a page that is closed too early would tell nothing, and no page
 * may say what was paid. `anonymous` joins it to what its visitor looked at.
 */
async function sell(client: Shopkeeper, item: Item, anonymous: string | undefined): Promise<void> {
  const order = `A-${Date.now()}`;
  await client.events.sendEvents({
    name: "purchase",
    ...(anonymous ? { anonymous } : { shopper: `guest-${order}` }),
    items: [{ item: item.item, quantity: 1, unitPriceMinor: item.priceMinor }],
    valueMinor: item.priceMinor,
    currency: item.currency,
    context: { order },
  });
}

/** The page's form brings the tracker's id; see `itemPage`. */
function anonymousOf({ url = "" }: IncomingMessage): string | undefined {
  return new URL(url, "http://shop").searchParams.get("anonymous") ?? undefined;
}

const page = ({ url, pageKey }: ShopSettings, title: string, body: string): string =>
  `<!doctype html><html lang="en"><meta charset="utf-8"><title>${title}</title>
<script>window.shopkeeper = window.shopkeeper || [];</script>
<script defer src="${url}/tracker.js" data-key="${pageKey}" data-consent="granted"></script>
<script defer src="${url}/widget.js"></script>
<main><h1>${title}</h1>${body}</main></html>`;

const list = ({ url, pageKey }: ShopSettings, surface: string, items = ""): string =>
  `<shopkeeper-list key="${pageKey}" url="${url}" surface="${surface}" items="${items}"></shopkeeper-list>`;

const home = (settings: ShopSettings): string =>
  `<ul>${goods.map(({ item, title }) => `<li><a href="/item/${item}">${title}</a></li>`).join("")}</ul>
${list(settings, "home")}`;

const itemPage = (settings: ShopSettings, { item }: Item): string => `
<form method="post" action="/buy/${item}"><button>Buy</button></form>
<script>
  shopkeeper.push(["item_view", "${item}"]);
  document.forms[0].addEventListener("submit", ({ target }) => {
    shopkeeper.push(["cart_add", "${item}"]);
    const { anonymous } = shopkeeper.who ? shopkeeper.who() : {};
    if (anonymous) target.action += "?anonymous=" + anonymous;
  });
</script>
${list(settings, "similar", item)}`;

function send(response: ServerResponse, status: number, html: string, location?: string): void {
  response.writeHead(status, {
    "content-type": "text/html; charset=utf-8",
    ...(location ? { location } : {}),
  });
  response.end(html);
}

if (process.argv[1] === import.meta.filename) {
  const { SHOPKEEPER_URL: url = "http://localhost:4600", SHOPKEEPER_KEY: key = "" } = process.env;
  const shop = await openShop({ url, key, pageKey: process.env["SHOPKEEPER_PAGE_KEY"] ?? "" });
  shop.listen(8080);
}
