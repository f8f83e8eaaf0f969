import type { Item } from "../../collect/item.ts";
import { localText } from "../../schema.ts";
import { type Html, html } from "../pages/html.ts";
import type { Drawn, Visit } from "./front.ts";
import {
  availableOf,
  categoryName,
  itemPath,
  picture,
  priceOf,
  slugOf,
  stars,
  stockWords,
  titleOf,
} from "./parts.ts";
import { type Review, type Reviewed, reviewsOf } from "./reviews.ts";
import { drawShelves } from "./shelves.ts";

/** One item: as the catalogue has it now, what was said of it, and what goes with it. */
export async function itemPage(
  visit: Visit,
  id: string,
  from: string | undefined,
): Promise<Drawn | undefined> {
  const { catalogue, visitor, front } = visit;
  const item = catalogue.item(id);
  if (item === undefined || item.hidden) return undefined;
  const variants = catalogue.variants(item.group).filter(({ hidden }) => !hidden);
  const reviewed = await reviewsOf(
    front.platform,
    variants.map((one) => one.item),
  );
  const title = titleOf(item, visitor.locale);
  const shelves = await drawShelves(visit, ["together", "similar", "for_you"], { items: [id] });
  const main = html`${crumbs(visit, item)}
<article class="item"><div class="gallery">${picture(visit.imageOf(item), title, 640)}</div>
<div class="buy"><p class="brand">${item.brand ?? ""}</p><h1>${title}</h1>
${summary(visit, reviewed)}
<p class="prices">${priceOf(item, visitor.locale, visit.words)} ${stockWords(item, visit.words)}</p>
${choices(visit, item, variants, from)}${buying(visit, item, from)}
<h2>${visit.words.details}</h2>
<p class="about">${localText(item.description ?? {}, visitor.locale)}</p></div></article>
${shelves}${said(visit, item, reviewed)}`;
  return {
    title,
    main,
    tell: [["item_view", line(item), context(from), { currency: item.currency }]],
  };
}

const line = (item: Item): object => ({
  item: item.item,
  unitPriceMinor: item.salePriceMinor ?? item.priceMinor,
});

/** Under the request of the list where it was found, so that the list is credited with it. */
const context = (from: string | undefined): object => ({ surface: "item", request: from });

function crumbs({ visitor, words }: Visit, { categories }: Item): Html {
  return html`<nav class="crumbs" aria-label="${words.category}"><ol role="list">
<li><a href="/shop">${words.shop}</a></li>${categories.map(
    (name) =>
      html`<li><a href="/shop/category/${slugOf(name)}">${categoryName(
        name,
        visitor.locale,
      )}</a></li>`,
  )}</ol></nav>`;
}

function summary({ words }: Visit, { mean, count }: Reviewed): Html {
  if (mean === undefined) return html``;
  return html`<p class="summary">${stars(mean, words.reviewsOf(count, mean.toFixed(1)))}
<a href="#reviews">${words.reviewsOf(count, mean.toFixed(1))}</a></p>`;
}

function choices(
  { visitor, words }: Visit,
  item: Item,
  variants: readonly Item[],
  from: string | undefined,
): Html {
  if (variants.length < 2) return html``;
  const titles = variants.map((one) => titleOf(one, visitor.locale));
  const same = alike(titles);
  const rows = variants.map((one, at) => {
    const label = (titles[at] ?? "").slice(same).replaceAll(/^[\s,（(]+|[)）]$/g, "");
    const current = one.item === item.item ? html` aria-current="true"` : html``;
    const out = availableOf(one, 1) === 0 ? html` class="out"` : html``;
    return html`<li><a href="${itemPath(one.item, from)}"${current}${out}>
${picture(one.images[0], "", 64)}<span>${label === "" ? (titles[at] ?? "") : label}</span></a></li>`;
  });
  return html`<nav class="variants" aria-label="${words.variants}"><ul role="list">${rows}</ul></nav>`;
}

/** How many characters all texts begin with, cut where a word does. */
function alike(texts: readonly string[]): number {
  const [first = ""] = texts;
  let length = 0;
  while (length < first.length && texts.every((text) => text[length] === first[length])) length++;
  return Math.max(first.slice(0, length).search(/[,（(\s][^,（(\s]*$/), 0);
}

function buying(visit: Visit, item: Item, from: string | undefined): Html {
  const { words, visitor } = visit;
  const left = availableOf(item, 10);
  const isLiked = visitor.liked.includes(item.item);
  const amounts = Array.from({ length: left }, (_, at) => html`<option>${at + 1}</option>`);
  const add = html`<form method="post" action="/shop/cart" class="add" data-done="${words.added}"
data-tell="${JSON.stringify(["cart_add", line(item), context(from), { currency: item.currency }])}">
<input type="hidden" name="item" value="${item.item}"><input type="hidden" name="from"
value="${from ?? ""}"><input type="hidden" name="change" value="add">
<label><span class="hush">${words.quantity}</span><select name="quantity">${amounts}</select></label>
<button class="main">${words.add}</button></form>`;
  return html`<div class="acts">${left === 0 ? "" : add}
<form method="post" action="/shop/liked" data-toggle data-tell="${JSON.stringify([
    isLiked ? "wishlist_remove" : "wishlist_add",
    item.item,
    context(from),
  ])}"><input type="hidden" name="item" value="${item.item}">
<button class="plain" aria-pressed="${String(isLiked)}" data-on="${words.unlike}"
data-off="${words.like}">${isLiked ? words.unlike : words.like}</button></form></div>`;
}

function said(visit: Visit, item: Item, { newest, mean, count }: Reviewed): Html {
  const { words } = visit;
  return html`<section class="reviews" id="reviews" aria-labelledby="head-reviews">
<h2 id="head-reviews">${words.reviews}</h2>
<p class="note">${mean === undefined ? words.noReviews : words.reviewsOf(count, mean.toFixed(1))}</p>
<ul role="list">${newest.map((one) => reviewOf(visit, one))}</ul>
<details class="write"><summary>${words.writeReview}</summary>
<form method="post" action="/shop/reviews"><input type="hidden" name="item" value="${item.item}">
<input type="hidden" name="session" value="">
<fieldset><legend>${words.rating}</legend>${[1, 2, 3, 4, 5].map(
    (rating) => html`<label><input type="radio" name="rating" value="${rating}" required>
<span aria-hidden="true">${rating} ★</span><span class="hush">${words.outOf(rating)}</span></label>`,
  )}</fieldset>
<label>${words.yourWords}<textarea name="text" rows="3" maxlength="2000" required></textarea></label>
<button class="main">${words.sendReview}</button></form></details></section>`;
}

function reviewOf({ words, visitor }: Visit, { rating, text, at }: Review): Html {
  const day = new Intl.DateTimeFormat(visitor.locale, { dateStyle: "medium" }).format(at);
  return html`<li>${rating === undefined ? "" : stars(rating, words.outOf(rating))}
<p>${text}</p><p class="note">${words.shopper} · ${day}</p></li>`;
}
