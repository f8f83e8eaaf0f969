import { departments } from "../../simulate/vocabulary/leaf.ts";
import { type Html, html } from "../pages/html.ts";
import type { Drawn, Visit } from "./front.ts";
import { categoryName, slugOf } from "./parts.ts";

/** What stands around every page of the shop: its head, its ways, its panel and its foot. */
export function framed(visit: Visit, { title, main, tell = [] }: Drawn): string {
  const { words, visitor, ids, front } = visit;
  return html`<!doctype html>
<html lang="${visitor.locale === "zh" ? "zh-Hans" : "en"}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title} · ${words.shop}</title>
<link rel="stylesheet" href="/shop/storefront.css">
<link rel="icon" href="/icon.svg" type="image/svg+xml">
<script src="/shop/storefront.js" defer></script>
<script src="/tracker.js" defer data-key="${front.key()}" data-consent="granted"></script>
</head>
<body data-anonymous="${ids.anonymous}" data-shopper="${ids.shopper ?? ""}"
data-tell="${JSON.stringify(tell)}">
<a class="skip" href="#main">${words.skip}</a>
${head(visit)}
<div class="room"><main id="main" tabindex="-1">${main}</main>
${panel(visit)}</div>
${foot(visit)}
<p class="toast" role="status" aria-live="polite" data-changed="${words.changed}"></p>
</body>
</html>
`.markup;
}

function head(visit: Visit): Html {
  const { words, visitor, url } = visit;
  const count = visitor.cart.reduce((sum, { quantity }) => sum + quantity, 0);
  const other = visitor.locale === "zh" ? "en" : "zh";
  const query = new URL(url, "http://shop").searchParams.get("q") ?? "";
  return html`<header class="head"><div class="bar">
<a class="mark" href="/shop"><span class="seal">掌柜</span> ${words.shop}</a>
<form class="find" role="search" action="/shop/search"><input type="search" name="q"
value="${query.slice(0, 200)}" maxlength="200" placeholder="${words.findHint}"
aria-label="${words.findHint}"><button>${words.find}</button></form>
<nav class="ways" aria-label="${words.you}">
<a href="/shop/shoppers" class="who"><span class="hush">${words.you} </span>${nameOf(visit)} <span
class="swap">${words.beAnother}</span></a>
<a href="${otherLanguage(url, other)}" lang="${other === "zh" ? "zh-Hans" : "en"}"
hreflang="${other === "zh" ? "zh-Hans" : "en"}">${words.other}</a>
<a href="/shop/cart" class="cart-link">${words.cart}
<span class="count" data-count>${count}</span></a></nav></div>
<nav class="departments" aria-label="${words.departments}"><ul role="list">${Object.values(
    departments,
  ).map(
    ([name]) =>
      html`<li><a href="/shop/category/${slugOf(name)}">${categoryName(
        name,
        visitor.locale,
      )}</a></li>`,
  )}</ul></nav></header>`;
}

function nameOf({ words, visitor, front }: Visit): string {
  const persona =
    visitor.shopper === undefined ? undefined : front.people.personaOf(visitor.shopper);
  if (visitor.shopper === undefined) return words.nobody;
  return words.personas[persona ?? ""] ?? visitor.shopper;
}

function otherLanguage(url: string, lang: string): string {
  const { pathname, searchParams } = new URL(url, "http://shop");
  searchParams.set("lang", lang);
  return `${pathname}?${searchParams}`;
}

/** Empty until the script opens it; what comes into it is written by the server. */
function panel({ words }: Visit): Html {
  return html`<button class="watch" type="button" aria-expanded="false" aria-controls="live"
hidden><span class="dot"></span>${words.live}</button>
<aside id="live" class="live" aria-label="${words.live}" hidden
data-was="${words.wasList}" data-is="${words.isList}">
<div class="live-head"><h2>${words.live}</h2>
<button type="button" class="close" aria-label="${words.close}">×</button></div>
<p class="note">${words.liveNote}</p>
<h3>${words.state}</h3><div data-state></div>
<h3>${words.changes}</h3><div data-changes><p class="note">${words.changesNone}</p></div>
<h3>${words.eventsSeen}</h3><ol data-events><li class="note">${words.eventsNone}</li></ol></aside>`;
}

function foot({ words }: Visit): Html {
  const [admin, welcome, reference] = words.footerLinks;
  return html`<footer class="foot"><p>${words.footer}</p><ul role="list">
<li><a href="/admin">${admin}</a></li><li><a href="/">${welcome}</a></li>
<li><a href="/docs">${reference}</a></li></ul></footer>`;
}
