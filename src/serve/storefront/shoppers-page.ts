import { type Html, html } from "../pages/html.ts";
import type { Drawn, Visit } from "./front.ts";
import { categoryName, picture } from "./parts.ts";
import type { KnownShopper } from "./people.ts";

/** The switch: be yourself, somebody new, or a shopper that the demo knows. */
export async function shoppersPage(visit: Visit): Promise<Drawn> {
  const { words, front, visitor } = visit;
  const people = await front.people.busiest();
  const isMine = visitor.shopper === undefined;
  const main = html`<div class="page-head"><h1>${words.who}</h1><p>${words.whoNote}</p></div>
<ul class="people" role="list">
${part(visit, "me", words.mine, html`<p>${words.mineNote}</p>`, isMine)}
${part(visit, "new", words.somebody, html`<p>${words.somebodyNote}</p>`, false)}
${people.map((one) => known(visit, one))}</ul>`;
  return { title: words.who, main };
}

function known(visit: Visit, { shopper, persona, lately }: KnownShopper): Html {
  const { words, catalogue, visitor } = visit;
  const items = lately.flatMap((id) => catalogue.item(id) ?? []);
  const groups = new Map(items.map((item) => [item.group, item]));
  const interests = [...new Set(items.flatMap(({ categories }) => categories.at(-1) ?? []))]
    .slice(0, INTERESTS_SHOWN)
    .map((name) => categoryName(name, visitor.locale));
  const about = html`<p class="note">${shopper} · ${words.lately}: ${interests.join(" · ")}</p>
<div class="strip">${[...groups.values()]
    .slice(0, PICTURES_SHOWN)
    .map((item) => picture(item.images[0], "", 64))}</div>`;
  const name = words.personas[persona ?? ""] ?? shopper;
  return part(visit, shopper, name, about, visitor.shopper === shopper);
}

const INTERESTS_SHOWN = 3;
const PICTURES_SHOWN = 4;

function part({ words }: Visit, id: string, name: string, about: Html, isYou: boolean): Html {
  const act = isYou
    ? html`<p class="is-you">${words.isYou}</p>`
    : html`<form method="post" action="/shop/shoppers"><input type="hidden" name="be" value="${id}">
<button class="plain">${words.be}<span class="hush">: ${name}</span></button></form>`;
  return html`<li><h2>${name}</h2>${about}${act}</li>`;
}
