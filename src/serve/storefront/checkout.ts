import type { Event } from "../../collect/event.ts";
import { type Html, html } from "../pages/html.ts";
import { basketOf } from "./basket.ts";
import { totals } from "./cart.ts";
import type { Drawn, Visit } from "./front.ts";
import { itemPath, money, picture, titleOf } from "./parts.ts";
import { drawShelves } from "./shelves.ts";

/** The last look before the order; undefined when there is nothing that can be ordered. */
export function checkoutPage(visit: Visit): Drawn | undefined {
  const { words, visitor } = visit;
  const basket = basketOf(visit);
  if (!basket.isFine) return undefined;
  const lines = basket.lines.map(({ entry, quantity, unitPriceMinor }) =>
    row(visit, { item: entry.item, quantity, unitPriceMinor }, basket.currency),
  );
  const pay = html`<form method="post" action="/shop/checkout">
<input type="hidden" name="session" value=""><p class="notice">${words.payDemo}</p>
<button class="main">${words.pay}</button></form>`;
  const main = html`<div class="page-head"><h1>${words.checkout}</h1></div>
<div class="till"><ul class="lines" role="list">${lines}</ul>${totals(visit, basket, pay)}</div>`;
  const told = basket.lines.map(({ item, quantity, unitPriceMinor }) => ({
    item,
    quantity,
    unitPriceMinor,
  }));
  const more = { valueMinor: basket.total, currency: basket.currency };
  const tell = [["checkout_start", told, { surface: "checkout", locale: visitor.locale }, more]];
  return { title: words.checkout, main, tell };
}

interface Line {
  readonly item: string;
  readonly quantity?: number | undefined;
  readonly unitPriceMinor?: number | undefined;
}

function row(
  { catalogue, visitor, imageOf }: Visit,
  line: Line,
  currency: string | undefined,
): Html {
  const { item, quantity = 1, unitPriceMinor = 0 } = line;
  const entry = catalogue.item(item);
  const title = entry === undefined ? item : titleOf(entry, visitor.locale);
  return html`<li>${picture(imageOf(entry), "", 96)}
<div><a class="title" href="${itemPath(item)}">${title}</a>
<p class="note">${quantity} × ${money(visitor.locale, unitPriceMinor, currency)}</p></div>
<strong class="sum">${money(visitor.locale, unitPriceMinor * quantity, currency)}</strong></li>`;
}

/** What was ordered, read back from the log, and lists that know of it. */
export async function thanksPage(visit: Visit, order: Event): Promise<Drawn> {
  const { words } = visit;
  const lines = order.items.map((line) => row(visit, line, order.currency));
  const items = order.items.map(({ item }) => item);
  const shelves = await drawShelves(visit, ["for_you", "cart"], { items });
  const { currency = "", valueMinor: total = 0, context } = order;
  const sum = { lines: [], total, currency, isFine: false };
  const main = html`<div class="page-head"><h1>${words.thanks}</h1>
<p>${words.thanksNote(context.order ?? "")}</p></div>
<div class="till"><ul class="lines" role="list">${lines}</ul>${totals(visit, sum, html``)}</div>
<p class="notice">${words.thanksLists}</p>${shelves}`;
  return { title: words.thanks, main };
}
