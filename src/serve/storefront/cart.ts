import { type Html, html } from "../pages/html.ts";
import { type Basket, type BasketLine, basketOf } from "./basket.ts";
import type { Drawn, Visit } from "./front.ts";
import { itemPath, money, picture, titleOf } from "./parts.ts";
import { drawShelves } from "./shelves.ts";

/** The cart, with what goes with it; all that will be paid stands here. */
export async function cartPage(visit: Visit): Promise<Drawn> {
  const { words } = visit;
  const basket = basketOf(visit);
  const items = basket.lines.map(({ item }) => item);
  if (items.length === 0) return emptyCart(visit);
  const shelves = await drawShelves(visit, ["cart", "for_you"], { items });
  const main = html`<div class="page-head"><h1>${words.cart}</h1></div>
<div class="till"><ul class="lines" role="list">${basket.lines.map((line) => row(visit, line))}</ul>
${totals(visit, basket, checkoutWay(visit, basket))}</div>${shelves}`;
  return { title: words.cart, main, tell: [["cart_view", items, { surface: "cart" }]] };
}

async function emptyCart(visit: Visit): Promise<Drawn> {
  const { words } = visit;
  const shelves = await drawShelves(visit, ["for_you", "popular"]);
  const main = html`<div class="empty"><h1>${words.cartEmpty}</h1><p>${words.cartEmptyNote}</p>
<p><a class="main" href="/shop">${words.keepLooking}</a></p></div>${shelves}`;
  return { title: words.cartEmpty, main };
}

const CHOICES_MOST = 10;

function row(visit: Visit, line: BasketLine): Html {
  const { words, visitor } = visit;
  const { entry, item, quantity, available, unitPriceMinor } = line;
  const title = titleOf(entry, visitor.locale);
  const most = Math.max(quantity, Math.min(CHOICES_MOST, available));
  const amounts = Array.from({ length: most }, (_, at) => at + 1).map(
    (amount) => html`<option${amount === quantity ? html` selected` : html``}>${amount}</option>`,
  );
  const taken = JSON.stringify([
    "cart_remove",
    { item, quantity, unitPriceMinor },
    { surface: "cart" },
    { currency: entry.currency },
  ]);
  const short =
    quantity > available ? html`<p class="short" role="alert">${words.short(available)}</p>` : "";
  return html`<li><a href="${itemPath(item)}" tabindex="-1" aria-hidden="true">${picture(visit.imageOf(entry), "", 96)}</a>
<div><a class="title" href="${itemPath(item)}">${title}</a>
<p class="note">${money(visitor.locale, unitPriceMinor, entry.currency)}</p>${short}
<div class="acts"><form method="post" action="/shop/cart" data-auto>
<input type="hidden" name="item" value="${item}"><input type="hidden" name="change" value="set">
<label><span class="hush">${words.quantity}: ${title}</span><select name="quantity">${amounts}</select></label>
<button class="plain">${words.update}</button></form>
<form method="post" action="/shop/cart" data-tell="${taken}">
<input type="hidden" name="item" value="${item}"><input type="hidden" name="change" value="drop">
<button class="plain">${words.remove}<span class="hush">: ${title}</span></button></form></div></div>
<strong class="sum">${money(visitor.locale, unitPriceMinor * quantity, entry.currency)}</strong></li>`;
}

/** The sum of all: what stands here is what is paid. */
export function totals({ words, visitor }: Visit, { total, currency }: Basket, way: Html): Html {
  const sum = money(visitor.locale, total, currency);
  return html`<section class="totals" aria-label="${words.total}"><dl>
<div><dt>${words.goods}</dt><dd>${sum}</dd></div>
<div><dt>${words.delivery}</dt><dd>${words.free}</dd></div>
<div class="all"><dt>${words.total}</dt><dd>${sum}</dd></div></dl>
<p class="note">${words.taxNote}</p>${way}</section>`;
}

const checkoutWay = ({ words }: Visit, { isFine }: Basket): Html =>
  isFine ? html`<a class="main" href="/shop/checkout">${words.checkout}</a>` : html``;
