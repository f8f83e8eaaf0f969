import type { Turn } from "./lists.ts";

/** The panel beside the shop: this shopper's events as they arrive, and what is made of them. */
export interface Panel {
  show(turns: readonly Turn[]): void;
}

const OPEN = "shop-live";
const EVENTS_MOST = 30;
const TURNS_MOST = 6;

export function openPanel(): Panel {
  const panel = document.querySelector<HTMLElement>("#live");
  const button = document.querySelector<HTMLElement>(".watch");
  if (!panel || !button) return { show: () => {} };
  let stream: EventSource | undefined;
  const set = (isOpen: boolean): void => {
    panel.hidden = !isOpen;
    button.setAttribute("aria-expanded", String(isOpen));
    document.body.toggleAttribute("data-live", isOpen);
    stream?.close();
    stream = isOpen ? follow(panel) : undefined;
    remember(isOpen);
  };
  button.hidden = false;
  button.addEventListener("click", () => set(panel.hidden === true));
  panel.querySelector(".close")?.addEventListener("click", () => {
    set(false);
    button.focus();
  });
  // A page that is left, even into the browser's own cache, must not hold its connection.
  addEventListener("pagehide", () => stream?.close());
  addEventListener("pageshow", ({ persisted }) => {
    if (persisted && !panel.hidden) set(true);
  });
  if (wasOpen()) set(true);
  return { show: (turns) => showTurns(panel, turns) };
}

function follow(panel: HTMLElement): EventSource {
  const stream = new EventSource("/shop/live");
  const events = panel.querySelector("[data-events]");
  const state = panel.querySelector("[data-state]");
  events?.replaceChildren();
  stream.addEventListener("seen", ({ data }) => {
    events?.prepend(...parsed(data));
    while ((events?.childElementCount ?? 0) > EVENTS_MOST) events?.lastElementChild?.remove();
  });
  stream.addEventListener("state", ({ data }) => state?.replaceChildren(...parsed(data)));
  return stream;
}

/** What our own server wrote; its policy lets no script in it run. */
const parsed = (markup: string): Node[] => [
  ...new DOMParser().parseFromString(markup, "text/html").body.childNodes,
];

function showTurns(panel: HTMLElement, turns: readonly Turn[]): void {
  const place = panel.querySelector("[data-changes]");
  if (!place || turns.length === 0) return;
  place.querySelector(".note")?.remove();
  place.prepend(...turns.map((turn) => turnOf(turn, panel.dataset)));
  while (place.childElementCount > TURNS_MOST) place.lastElementChild?.remove();
}

function turnOf({ heading, before, after, fresh }: Turn, words: DOMStringMap): HTMLElement {
  const turn = document.createElement("div");
  turn.className = "turn";
  const name = document.createElement("p");
  name.textContent = heading;
  turn.append(name, strip(words["was"], before), strip(words["is"], after, fresh));
  return turn;
}

function strip(
  word: string | undefined,
  cards: readonly Element[],
  fresh: ReadonlySet<string> = new Set(),
): HTMLElement {
  const row = document.createElement("div");
  row.className = "strip";
  const label = document.createElement("span");
  label.textContent = word ?? "";
  row.append(label);
  for (const card of cards) {
    const picture = card.querySelector("img")?.cloneNode() as HTMLImageElement | undefined;
    if (!picture) continue;
    picture.alt = card.querySelector(".title")?.textContent ?? "";
    const { group = "" } = (card as HTMLElement).dataset;
    if (fresh.has(group)) picture.classList.add("fresh");
    row.append(picture);
  }
  return row;
}

function remember(isOpen: boolean): void {
  try {
    sessionStorage.setItem(OPEN, String(isOpen));
  } catch {
    // Then the next page opens without it.
  }
}

function wasOpen(): boolean {
  try {
    return sessionStorage.getItem(OPEN) === "true";
  } catch {
    return false;
  }
}
