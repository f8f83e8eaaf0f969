import { z } from "zod";
import type { Item } from "../../collect/item.ts";
import { leaves, say } from "../../simulate/vocabulary/leaves.ts";
import { type Html, html } from "../pages/html.ts";
import { bands, type Facet, type Found, find, nearestWord, type Wanted } from "./find.ts";
import type { Drawn, Visit } from "./front.ts";
import { categoryName, itemPath, money, picture, priceOf, slugOf, titleOf } from "./parts.ts";
import { drawShelves, personalRanks } from "./shelves.ts";
import { type Sort, sorts } from "./words.ts";

/** A category or the answer to a search: the same page, with facets, an order and pages. */
export interface BrowseQuery {
  readonly q: string;
  readonly category?: string | undefined;
  readonly brand?: string | undefined;
  readonly price?: number | undefined;
  readonly sort: Sort;
  readonly page: number;
}

export const browseQuery: z.ZodType<BrowseQuery, unknown> = z.object({
  q: z.string().max(200).default(""),
  category: z.string().max(256).optional(),
  brand: z.string().max(256).optional(),
  price: z.coerce.number().int().min(0).max(bands.length).optional(),
  sort: z.enum(sorts).default("best"),
  page: z.coerce.number().int().min(1).max(500).default(1),
});

const ON_A_PAGE = 24;
const BRANDS_SHOWN = 12;

/** @param slug of the category whose page this is; undefined for a search */
export async function browse(
  visit: Visit,
  query: BrowseQuery,
  slug: string | undefined,
): Promise<Drawn | undefined> {
  const { catalogue, visitor, words } = visit;
  const category = slug === undefined ? query.category : categoryOf(visit, slug);
  if (slug !== undefined && category === undefined) return undefined;
  const wanted: Wanted = { ...query, category, brand: query.brand, price: query.price };
  const ranks = await personalRanks(visit, "home", category);
  const found = find(catalogue, wanted, (group) => ranks.get(group));
  const from = (query.page - 1) * ON_A_PAGE;
  const shown = found.items.slice(from, from + ON_A_PAGE);
  const title =
    slug === undefined ? headOf(visit, query) : categoryName(category ?? "", visitor.locale);
  const shelves =
    slug === undefined || query.page > 1
      ? []
      : await drawShelves(visit, ["category"], { category });
  const here: Here = { visit, query, slug, found };
  const main = html`<div class="page-head"><h1>${title}</h1>
<p class="note">${words.count(found.items.length)}</p></div>
${shelves}<div class="browse">${facets(here)}
<section class="results" aria-label="${words.results}">${order(here)}
${shown.length === 0 ? await nothing(visit, query) : grid(visit, shown, from, listContext(here))}
${pager(here)}</section></div>`;
  return { title, main, tell: told(query, shown) };
}

function categoryOf({ catalogue }: Visit, slug: string): string | undefined {
  for (const group of catalogue.groups()) {
    const [item] = catalogue.variants(group);
    const name = item?.categories.find((category) => slugOf(category) === slug);
    if (name !== undefined) return name;
  }
  return undefined;
}

function headOf({ words, visitor }: Visit, { q, category }: BrowseQuery): string {
  if (q.trim() !== "") return words.foundFor(q.trim());
  return category === undefined ? words.all : categoryName(category, visitor.locale);
}

/** A search is told once, on its first page, with what it found. */
function told({ q, page }: BrowseQuery, shown: readonly Item[]): readonly unknown[][] {
  if (q.trim() === "" || page > 1) return [];
  const items = shown.map(({ item }) => item);
  return [["search", items, { query: q.trim(), surface: "search" }]];
}

interface Here {
  readonly visit: Visit;
  readonly query: BrowseQuery;
  readonly slug: string | undefined;
  readonly found: Found;
}

const listContext = ({ query, slug }: Here): object =>
  slug === undefined
    ? { surface: "search", query: query.q.trim() || undefined }
    : { surface: "category", list: slug };

/** This page with something else asked; what is undefined is not asked. */
function pathOf({ query, slug }: Here, change: Partial<BrowseQuery>): string {
  const { sort, page, q, ...rest } = { ...query, page: 1, ...change };
  const asked = new URLSearchParams();
  if (slug === undefined) asked.set("q", q);
  for (const [name, value] of Object.entries(rest)) {
    if (value !== undefined && !(slug !== undefined && name === "category")) {
      asked.set(name, String(value));
    }
  }
  if (sort !== "best") asked.set("sort", sort);
  if (page > 1) asked.set("page", String(page));
  const path = slug === undefined ? "/shop/search" : `/shop/category/${slug}`;
  return asked.size === 0 ? path : `${path}?${asked}`;
}

function facets(here: Here): Html {
  const { visit, query, slug, found } = here;
  const { words, visitor } = visit;
  const categories = found.facets.categories.filter(({ value }) => slugOf(value) !== slug);
  const ways =
    slug === undefined
      ? facet(words.category, categories, {
          chosen: query.category,
          say: (value) => categoryName(value, visitor.locale),
          path: (category) => pathOf(here, { category }),
        })
      : facet(
          words.category,
          categories.filter(({ value }) => isLeafOf(visit, slug, value)),
          {
            chosen: undefined,
            say: (value) => categoryName(value, visitor.locale),
            path: (value) => `/shop/category/${slugOf(value ?? slug)}`,
          },
        );
  const prices = [...found.facets.prices].sort((a, b) => Number(a.value) - Number(b.value));
  return html`<details class="facets" open><summary>${words.filter}</summary>${ways}
${facet(words.price, prices, {
  chosen: query.price === undefined ? undefined : String(query.price),
  say: (value) => bandWords(visit, Number(value)),
  path: (value) => pathOf(here, { price: value === undefined ? undefined : Number(value) }),
})}
${facet(words.brand, found.facets.brands.slice(0, BRANDS_SHOWN), {
  chosen: query.brand,
  say: (value) => value,
  path: (brand) => pathOf(here, { brand }),
})}</details>`;

  function facet(name: string, values: readonly Facet[], how: FacetWays): Html {
    if (values.length === 0) return html``;
    const row = (value: string | undefined, label: string, count: Html): Html => {
      const isChosen = value === how.chosen;
      const current = isChosen ? html` aria-current="true"` : html``;
      return html`<li><a href="${how.path(value)}"${current}>${label}${count}</a></li>`;
    };
    return html`<nav aria-label="${name}"><h2>${name}</h2><ul role="list">
${row(undefined, words.all, html``)}
${values.map(({ value, count }) =>
  row(value, how.say(value), html` <span class="count">${count}</span>`),
)}</ul></nav>`;
  }
}

interface FacetWays {
  readonly chosen: string | undefined;
  say(value: string): string;
  path(value: string | undefined): string;
}

/** The narrower categories below that of a page. */
function isLeafOf({ catalogue }: Visit, slug: string, value: string): boolean {
  for (const group of catalogue.groups()) {
    const { categories = [] } = catalogue.variants(group)[0] ?? {};
    const above = categories.findIndex((name) => slugOf(name) === slug);
    if (above >= 0 && categories.indexOf(value) > above) return true;
  }
  return false;
}

function bandWords({ visitor, catalogue }: Visit, band: number): string {
  const [group = ""] = catalogue.groups();
  const currency = catalogue.variants(group)[0]?.currency;
  const say = (minor: number | undefined): string => money(visitor.locale, minor, currency);
  if (band === 0) return `< ${say(bands[0])}`;
  if (band === bands.length) return `≥ ${say(bands[band - 1])}`;
  return `${say(bands[band - 1])} – ${say(bands[band])}`;
}

function order({ visit, query, slug }: Here): Html {
  const { words } = visit;
  const { sort, page: _, ...rest } = query;
  const hidden = Object.entries(rest).filter(
    ([name, value]) => value !== undefined && value !== "" && !(slug && name === "category"),
  );
  const path = slug === undefined ? "/shop/search" : `/shop/category/${slug}`;
  return html`<form class="order" action="${path}" data-auto>${hidden.map(
    ([name, value]) => html`<input type="hidden" name="${name}" value="${String(value)}">`,
  )}<label>${words.sort} <select name="sort">${sorts.map(
    (one) =>
      html`<option value="${one}"${one === sort ? html` selected` : html``}>${words.sorts[one]}</option>`,
  )}</select></label><button class="plain">${words.apply}</button></form>`;
}

function grid(
  { visitor, words, imageOf }: Visit,
  items: readonly Item[],
  from: number,
  context: object,
): Html {
  const cards = items.map(
    (item, at) => html`<li class="card"><a class="to-item" href="${itemPath(item.item)}"
data-item="${item.item}" data-position="${from + at}">${picture(imageOf(item), "")}
<span class="title">${titleOf(item, visitor.locale)}</span>
${priceOf(item, visitor.locale, words)}</a></li>`,
  );
  return html`<ul class="cards" role="list" data-list="${JSON.stringify(context)}">${cards}</ul>`;
}

async function nothing(visit: Visit, { q }: BrowseQuery): Promise<Html> {
  const { words, visitor, catalogue } = visit;
  const near = nearestWord(catalogue, q);
  const queries = leaves
    .filter((_, at) => at % 5 === 0)
    .flatMap((leaf) => leaf.queries.slice(0, 1));
  const to = (text: string): Html =>
    html`<a href="/shop/search?q=${encodeURIComponent(text)}">${text}</a>`;
  const [popular] = await drawShelves(visit, ["popular"]);
  return html`<div class="empty"><h2>${q.trim() === "" ? words.nothing : words.nothingFor(q.trim())}</h2>
<p>${words.nothingNote}</p>
${near === undefined ? "" : html`<p>${words.didYouMean} ${to(near)}?</p>`}
<p>${words.tryThese}</p><ul class="chips" role="list">${queries
    .map((pair) => say(pair, visitor.locale))
    .map((text) => html`<li>${to(text)}</li>`)}</ul></div>${popular ?? ""}`;
}

function pager(here: Here): Html {
  const { visit, query, found } = here;
  const { words } = visit;
  const last = Math.ceil(found.items.length / ON_A_PAGE);
  if (last <= 1) return html``;
  const to = (page: number, label: string, rel: string): Html =>
    page < 1 || page > last
      ? html``
      : html`<a href="${pathOf(here, { page })}" rel="${rel}">${label}</a>`;
  return html`<nav class="pager" aria-label="${words.pages}">
${to(query.page - 1, words.previous, "prev")}<span>${query.page} / ${last}</span>
${to(query.page + 1, words.next, "next")}</nav>`;
}
