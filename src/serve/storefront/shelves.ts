import type {
  Condition,
  RecommendDecision,
  Recommended,
  RecommendSurface,
} from "../../scenarios/recommend/schema.ts";
import { DEMO } from "../pages/demo.ts";
import { type Html, html } from "../pages/html.ts";
import type { Visit } from "./front.ts";
import { itemPath, picture, priceOf } from "./parts.ts";
import type { ShelfName } from "./words.ts";

/**
 * The lists of the shop. Each is a decision of the live platform, recorded as shown; its rows carry
 * its request, so what is seen, clicked and bought can be joined to it.
 */
interface ShelfKind {
  readonly surface: RecommendSurface;
  readonly limit: number;
  readonly diversity: number;
}

const kinds: Readonly<Record<ShelfName, ShelfKind>> = {
  for_you: { surface: "home", limit: 8, diversity: 0.2 },
  category: { surface: "home", limit: 4, diversity: 0 },
  visit: { surface: "session", limit: 4, diversity: 0 },
  again: { surface: "buy_again", limit: 4, diversity: 0 },
  popular: { surface: "popular", limit: 8, diversity: 0 },
  similar: { surface: "similar", limit: 4, diversity: 0 },
  together: { surface: "bought_together", limit: 4, diversity: 0 },
  cart: { surface: "cart", limit: 4, diversity: 0 },
};

export const isShelfName = (name: string): name is ShelfName => Object.hasOwn(kinds, name);

export interface ShelfAsked {
  /** What the lists stand beside. */
  readonly items?: readonly string[];
  /** Only what is of this category. */
  readonly category?: string | undefined;
}

/**
 * The lists of a page: none repeats what one before it shows. What was bought is offered as that
 * first of all, and so no longer among what may be liked.
 */
export async function drawShelves(
  visit: Visit,
  names: readonly ShelfName[],
  asked: ShelfAsked = {},
): Promise<readonly Html[]> {
  const drawn = new Map<ShelfName, Html>();
  const shown: string[] = [];
  const rank = (name: ShelfName): number => (name === "again" ? -1 : names.indexOf(name));
  for (const name of [...names].sort((a, b) => rank(a) - rank(b))) {
    const decision = (await isDue(visit, name))
      ? await decided(visit, kinds[name], asked, shown)
      : undefined;
    shown.push(...(decision?.items ?? []).map(({ group }) => group));
    drawn.set(name, shelf(visit, name, decision, asked));
  }
  return names.flatMap((name) => drawn.get(name) ?? []);
}

function decided(
  { front, ids, visitor }: Visit,
  kind: ShelfKind,
  { items = [], category }: ShelfAsked,
  exclude: readonly string[],
): Promise<RecommendDecision> {
  return front.platform.recommend.decide(DEMO, {
    ...kind,
    ...ids,
    items,
    exclude,
    where: within(category),
    personalise: true,
    locale: visitor.locale,
    record: true,
  });
}

const within = (category: string | undefined): Condition | undefined =>
  category === undefined ? undefined : { field: "categories", is: "eq", value: category };

/** What goes on from this visit needs something done in it. */
async function isDue({ front, ids }: Visit, name: ShelfName): Promise<boolean> {
  if (name !== "visit") return true;
  const person = front.platform.collect.personOf(DEMO, ids);
  if (person === null) return false;
  return (await front.platform.recent.of(DEMO, person)).some(({ items }) => items.length > 0);
}

/** A list that has nothing to show keeps its place, unseen, for when it has. */
function shelf(
  visit: Visit,
  name: ShelfName,
  decision: RecommendDecision | undefined,
  { items = [], category = "" }: ShelfAsked,
): Html {
  const { words } = visit;
  const rows = decision?.items ?? [];
  const { request = "", surface = kinds[name].surface } = decision ?? {};
  return html`<section class="shelf" id="shelf-${name}" data-shelf="${name}"
data-items="${items.join(",")}" data-category="${category}" data-surface="${surface}"
data-request="${request}" aria-labelledby="head-${name}"${rows.length === 0 ? html` hidden` : ""}>
<h2 id="head-${name}">${words.shelves[name]}</h2>
<ul class="cards" role="list">${rows.map((row) => card(visit, row, decision))}</ul></section>`;
}

function card(visit: Visit, row: Recommended, decision: RecommendDecision | undefined): Html {
  const { catalogue, visitor, words } = visit;
  const item = catalogue.item(row.item);
  return html`<li class="card" data-group="${row.group}"><a class="to-item"
href="${itemPath(row.item, decision?.request)}" data-item="${row.item}"
data-position="${row.position}">${picture(visit.imageOf(item) ?? row.image, "")}
<span class="title">${row.title}</span>
${item === undefined ? "" : priceOf(item, visitor.locale, words)}</a>
${decision === undefined ? "" : why(visit, row, decision)}</li>`;
}

const SOURCES_TOLD = 4;

function why({ words, visitor }: Visit, row: Recommended, decision: RecommendDecision): Html {
  const share = new Intl.NumberFormat(visitor.locale, { style: "percent" });
  const parts = Object.entries(row.sources).filter(([, part]) => part > 0) as [
    keyof typeof words.sources,
    number,
  ][];
  const whole = parts.reduce((sum, [, part]) => sum + part, 0);
  const told = parts.sort((a, b) => b[1] - a[1]).slice(0, SOURCES_TOLD);
  const [first, ...more] = row.reasons;
  return html`<details class="why"><summary><span class="hush">${words.why} </span>
<span class="reason">${first?.text ?? words.why}</span></summary>
<div class="because"><p class="ask">${words.why}</p>
<ul>${[first, ...more].map((reason) => html`<li>${reason?.text ?? ""}</li>`)}</ul>
<dl>${told.map(
    ([name, part]) => html`<div><dt>${words.sources[name]}</dt><dd><meter min="0" max="1"
value="${(part / whole).toFixed(3)}" aria-label="${words.sources[name]}"></meter>
${share.format(part / whole)}</dd></div>`,
  )}
<div><dt>${words.model}</dt><dd>${decision.model ?? words.noModel}</dd></div>
<div><dt>${words.rules}</dt><dd>${
    row.rules.length === 0 ? words.noRules : row.rules.join(", ")
  }</dd></div>
<div><dt>${words.chance}</dt><dd>${share.format(row.propensity)}</dd></div></dl>
<a href="/admin/${DEMO}/recommend">${words.admin}</a></div></details>`;
}

/** Groups in the order in which this visitor would be recommended them; nothing is recorded. */
export async function personalRanks(
  { front, ids, visitor }: Visit,
  surface: "home" | "popular",
  category: string | undefined,
): Promise<ReadonlyMap<string, number>> {
  const { platform } = front;
  const { items } = await platform.recommend.decide(DEMO, {
    surface,
    ...ids,
    items: [],
    limit: platform.config.recommend.limitMax,
    exclude: [],
    where: within(category),
    diversity: 0,
    personalise: true,
    locale: visitor.locale,
    record: false,
  });
  return new Map(items.map(({ group }, rank) => [group, rank]));
}
