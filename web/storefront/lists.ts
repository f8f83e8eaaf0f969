import { push } from "./tracker.ts";

/** The lists of a page: told as seen and clicked, asked again when something was done. */
export interface Turn {
  readonly heading: string;
  readonly before: readonly Element[];
  readonly after: readonly Element[];
  /** Groups that were not there before. */
  readonly fresh: ReadonlySet<string>;
}

const MOVE_MS = 450;
const FRESH_MS = 4_000;

export function watchLists(): void {
  for (const list of document.querySelectorAll<HTMLElement>("[data-shelf]")) watchShelf(list);
  for (const list of document.querySelectorAll<HTMLElement>("[data-list]")) {
    push(["list", list, JSON.parse(list.dataset["list"] ?? "{}")]);
  }
}

/** What is seen and clicked is told under the request that the list answers. */
function watchShelf(list: HTMLElement): void {
  const { surface, request, shelf } = list.dataset;
  if (request) push(["list", list, { surface, request, list: shelf }]);
}

/** Asks the page's lists again and puts what changed into their place; resolves with what did. */
export async function renewLists(): Promise<readonly Turn[]> {
  const lists = [...document.querySelectorAll<HTMLElement>("[data-shelf]")];
  const [first] = lists;
  if (!first) return [];
  const { items = "", category = "" } = first.dataset;
  const shelves = lists.map(({ dataset }) => dataset["shelf"]).join(",");
  const query = new URLSearchParams({ shelves, items, category });
  const answer = await fetch(`/shop/lists?${query}`);
  if (!answer.ok) return [];
  const made = new DOMParser().parseFromString(await answer.text(), "text/html");
  return lists.flatMap((list) => {
    const now = made.querySelector<HTMLElement>(`[data-shelf="${list.dataset["shelf"]}"]`);
    return now ? replaced(list, now) : [];
  });
}

const groupOf = (card: Element): string => (card as HTMLElement).dataset["group"] ?? "";
const cardsOf = (list: Element): HTMLElement[] => [
  ...list.querySelectorAll<HTMLElement>("[data-group]"),
];

function replaced(list: HTMLElement, now: HTMLElement): readonly Turn[] {
  const before = cardsOf(list);
  const after = cardsOf(now);
  const was = before.map(groupOf);
  const isSame = was.join() === after.map(groupOf).join();
  // A reader who has a reason open, or stands in the list, is not to lose their place.
  if (isSame || list.contains(document.activeElement) || list.querySelector("details[open]")) {
    return [];
  }
  const places = new Map(before.map((card) => [groupOf(card), card.getBoundingClientRect()]));
  const fresh = new Set(after.map(groupOf).filter((group) => !places.has(group)));
  const taken = document.adoptNode(now);
  list.replaceWith(taken);
  watchShelf(taken);
  for (const card of after) move(card, places.get(groupOf(card)));
  const heading = taken.querySelector("h2")?.textContent ?? "";
  return [{ heading, before, after, fresh }];
}

/** A card glides from where it was; one that is new fades in, and keeps its mark for a while. */
function move(card: HTMLElement, from: DOMRect | undefined): void {
  if (!from) {
    card.classList.add("fresh");
    setTimeout(() => card.classList.remove("fresh"), FRESH_MS);
  }
  if (matchMedia("(prefers-reduced-motion: reduce)").matches) return;
  const to = card.getBoundingClientRect();
  const start = from
    ? { transform: `translate(${from.left - to.left}px, ${from.top - to.top}px)` }
    : { opacity: 0, transform: "scale(.94)" };
  card.animate([start, {}], { duration: MOVE_MS, easing: "ease-out" });
}
