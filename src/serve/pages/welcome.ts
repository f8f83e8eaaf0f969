import type { FastifyInstance, FastifyRequest } from "fastify";
import type { Platform } from "../../platform.ts";
import type { Recommended } from "../../scenarios/recommend/schema.ts";
import type { Locale } from "../../schema.ts";
import { fromHere } from "../http/auth.ts";
import type { ShopStatus } from "../shop-status.ts";
import { DEMO } from "./demo.ts";
import { type Html, html, page } from "./html.ts";
import { gatherShowcase, type Looked, type Showcase, type ShownShopper } from "./showcase.ts";
import { icon, stylesheet } from "./style.ts";
import { type WelcomeWords, welcomeWords } from "./words.ts";

/** How long what was gathered is shown again: the page costs as little as it is asked often. */
const FRESH_MS = 5_000;
const DAY_SECONDS = 86_400;

/** The first page: how the shop stands, what it would recommend, and how to ask it. */
export function addWelcome(server: FastifyInstance, platform: Platform): void {
  const open = { schema: { hide: true }, config: { scope: "public" as const } };
  const kept = new Map<string, Showcase>();
  const showcaseOf = async (shop: string, locale: Locale): Promise<Showcase> => {
    const key = `${locale} ${shop}`;
    const before = kept.get(key);
    if (before && platform.clock() - before.at < FRESH_MS) return before;
    const now = await gatherShowcase(platform, shop, locale);
    kept.set(key, now);
    return now;
  };
  server.get("/", open, async (request, reply) => {
    const locale = localeOf(request);
    const shop = await shopToShow(platform, request);
    const showcase = shop === undefined ? undefined : await showcaseOf(shop, locale);
    return reply
      .type("text/html; charset=utf-8")
      .header("vary", "accept-language")
      .send(welcomePage(locale, baseUrl(request), showcase));
  });
  server.get("/welcome.css", open, (_request, reply) =>
    reply.type("text/css; charset=utf-8").header("cache-control", CACHED).send(stylesheet),
  );
  server.get("/icon.svg", open, (_request, reply) =>
    reply.type("image/svg+xml").header("cache-control", CACHED).send(icon),
  );
}

const CACHED = `public, max-age=${DAY_SECONDS}`;

/** The state of another shop than the demo is shown to this machine alone. */
async function shopToShow(
  { shops }: Platform,
  request: FastifyRequest,
): Promise<string | undefined> {
  const ids = (await shops.list()).map((shop) => shop.id);
  if (ids.includes(DEMO)) return DEMO;
  return fromHere(request) ? ids[0] : undefined;
}

function localeOf(request: FastifyRequest): Locale {
  const { lang } = request.query as { lang?: unknown };
  if (lang === "zh" || lang === "en") return lang;
  return /^zh/i.test(request.headers["accept-language"] ?? "") ? "zh" : "en";
}

/** Where the reader reached us, for commands to paste; only a plain host is believed. */
function baseUrl({ protocol, host }: FastifyRequest): string {
  return /^[\w.:[\]-]{1,255}$/.test(host) ? `${protocol}://${host}` : "http://localhost:4600";
}

export function welcomePage(locale: Locale, url: string, showcase: Showcase | undefined): string {
  const words = welcomeWords[locale];
  const body = html`${masthead(locale, words)}
<main>
${showcase ? shopOf(locale, words, showcase) : noShop(words)}
${commands(words, url, showcase)}
</main>
<footer><a href="/docs">${words.reference}</a> <a href="/openapi.json">OpenAPI 3.1</a>
<a href="/problems">${words.problems}</a></footer>`;
  return page({ title: words.title, language: locale, body });
}

function masthead(locale: Locale, words: WelcomeWords): Html {
  const other = locale === "zh" ? "en" : "zh";
  const steps = words.flow.map((step) => html`<li>${step}</li>`);
  return html`<header>
<div class="bar"><a class="mark" href="/"><span class="seal">掌柜</span> Shopkeeper</a>
<a class="language" href="/?lang=${other}" lang="${other}">${words.other}</a></div>
<h1>${words.claim}</h1>
<ol class="flow">${steps}</ol>
</header>`;
}

const noShop = (words: WelcomeWords): Html =>
  html`<section class="empty"><h2>${words.noShop}</h2><p>${words.noShopNote}</p></section>`;

function shopOf(locale: Locale, words: WelcomeWords, showcase: Showcase): Html {
  const { status, shoppers, at } = showcase;
  const rows = shoppers.map((shown) => shopperRow(locale, words, shown));
  return html`<section aria-label="${status.name}">
<dl class="facts">${facts(locale, words, status, at)}</dl></section>
${status.model === null ? html`<p class="notice">${words.learning}</p>` : ""}
${shoppers.length > 0 ? html`<section><h2>${words.shoppers}</h2><p>${words.shoppersNote}</p>` : ""}
${rows}${shoppers.length > 0 ? html`</section>` : ""}`;
}

function facts(locale: Locale, words: WelcomeWords, status: ShopStatus, at: number): Html[] {
  const count = new Intl.NumberFormat(locale);
  const { model, lastEventAt } = status;
  return [
    fact(words.events, count.format(status.events)),
    fact(words.items, count.format(status.items)),
    fact(words.model, model ?? words.noModel),
    fact(words.freshness, lastEventAt === null ? words.noEvents : ago(locale, at - lastEventAt)),
  ];
}

const fact = (name: string, value: string): Html =>
  html`<div><dd>${value}</dd><dt>${name}</dt></div>`;

/** "3 minutes ago" in the largest unit that is not nought. @unit ms */
function ago(locale: Locale, ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1_000));
  const units = [
    ["day", DAY_SECONDS],
    ["hour", 3_600],
    ["minute", 60],
    ["second", 1],
  ] as const;
  const [unit, length] = units.find(([, size]) => seconds >= size) ?? ["second", 1];
  const words = new Intl.RelativeTimeFormat(locale, { numeric: "auto" });
  return words.format(-Math.floor(seconds / length), unit);
}

function shopperRow(locale: Locale, words: WelcomeWords, shown: ShownShopper): Html {
  return html`<article class="shopper"><h3>${shown.shopper}</h3>
<div class="lately"><h4>${words.lately}</h4><ul>${shown.lately.map(lookedTile)}</ul></div>
<div class="list"><h4>${words.shown}</h4>
<ul tabindex="0" aria-label="${words.shown}">${shown.list.items.map((item) => card(locale, item))}</ul></div></article>`;
}

const lookedTile = ({ title, image }: Looked): Html => html`<li>${picture(image, title)}</li>`;

function card(locale: Locale, item: Recommended): Html {
  const reason = item.reasons[0]?.text;
  return html`<li class="card">${picture(item.image, "")}
<strong>${item.title}</strong>
<span class="price">${price(locale, item)}</span>
${reason === undefined ? "" : html`<span class="reason">${reason}</span>`}</li>`;
}

/** Only pictures that the page's policy lets in; others leave their place empty. */
function picture(image: string | undefined, alt: string): Html {
  if (image === undefined || !/^(\/|https:|data:image\/)/.test(image)) {
    return html`<span class="picture" role="img" aria-label="${alt}"></span>`;
  }
  return html`<img class="picture" src="${image}" alt="${alt}" title="${alt}" loading="lazy"
width="200" height="200">`;
}

function price(locale: Locale, { priceMinor, currency }: Recommended): string {
  if (priceMinor === undefined || currency === undefined) return "";
  const money = new Intl.NumberFormat(locale, { style: "currency", currency });
  return money.format(priceMinor / 10 ** (money.resolvedOptions().maximumFractionDigits ?? 2));
}

function commands(words: WelcomeWords, url: string, showcase: Showcase | undefined): Html {
  const shopper = showcase?.shoppers[0]?.shopper ?? "shopper-1";
  const item = showcase?.shoppers[0]?.list.items[0]?.item ?? "item-1";
  const key = '-H "Authorization: Bearer $KEY"';
  const json = "-H 'content-type: application/json'";
  const home = `${url}/v1/recommendations/home?shopper=${encodeURIComponent(shopper)}&limit=5`;
  const event = { name: "item_view", shopper, items: [{ item }] };
  const why = { request: { surface: "home", shopper }, item };
  const send = (path: string, body: object): string =>
    `curl -s ${url}${path} ${key} ${json} -d ${quoted(JSON.stringify(body))}`;
  return html`<section><h2>${words.tryIt}</h2><p>${words.tryNote}</p>
${command(words.ask, `curl -s ${quoted(home)} ${key}`)}
${command(words.send, send("/v1/events", event))}
${command(words.explain, send("/v1/recommendations/explain", why))}
</section>`;
}

/** One word to a shell, whatever a shop may call its shoppers. */
const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

const command = (name: string, line: string): Html =>
  html`<figure><figcaption>${name}</figcaption><pre tabindex="0"><code>${line}</code></pre></figure>`;
