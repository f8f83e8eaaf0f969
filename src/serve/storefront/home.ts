import { departments } from "../../simulate/vocabulary/leaf.ts";
import { type Html, html } from "../pages/html.ts";
import type { Drawn, Visit } from "./front.ts";
import { categoryName, picture, slugOf } from "./parts.ts";
import { drawShelves, personalRanks } from "./shelves.ts";

/** The first page: lists for whoever is here, and the ways into the shop. */
export async function home(visit: Visit): Promise<Drawn> {
  const { words } = visit;
  const [forYou, going, again, popular] = await drawShelves(visit, [
    "for_you",
    "visit",
    "again",
    "popular",
  ]);
  const main = html`<div class="hero"><h1>${words.claim}</h1><p>${words.claimNote}</p></div>
${[forYou, going, again].flatMap((list) => list ?? [])}
<section class="shelf" aria-labelledby="head-departments">
<h2 id="head-departments">${words.departments}</h2>
<ul class="tiles" role="list">${await tiles(visit)}</ul></section>
${popular ?? ""}`;
  return { title: words.claim, main };
}

/** Each department with a picture of what goes best in it. */
async function tiles(visit: Visit): Promise<readonly Html[]> {
  const { catalogue, visitor, imageOf } = visit;
  const popular = await personalRanks(visit, "popular", undefined);
  return Object.values(departments).map(([name]) => {
    const isOf = (group: string): boolean =>
      catalogue.offer(group)?.categories.includes(name) ?? false;
    const first = [...popular.keys()].find(isOf) ?? [...catalogue.groups()].find(isOf);
    const image = first === undefined ? undefined : imageOf(catalogue.offer(first));
    return html`<li><a href="/shop/category/${slugOf(name)}">${picture(image, "")}
<span>${categoryName(name, visitor.locale)}</span></a></li>`;
  });
}
