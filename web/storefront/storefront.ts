import { hearForms } from "./forms.ts";
import { renewLists, watchLists } from "./lists.ts";
import { openPanel } from "./panel.ts";
import { agreeOnWho, takeDone, tellDone } from "./tracker.ts";

/**
 * The script of the demo storefront. It runs before the tracker: says who is here, tells what the
 * page is about, and asks the page's lists again once the server has answered for new events.
 */
const TOAST_MS = 3_500;
/** Events that come close together change the lists once. */
const SETTLE_MS = 250;

document.documentElement.classList.add("scripted");
agreeOnWho(document.body.dataset);
if (matchMedia("(max-width: 48rem)").matches) {
  document.querySelector(".facets")?.removeAttribute("open");
}

const toast = document.querySelector<HTMLElement>(".toast");
let fading: ReturnType<typeof setTimeout>;
const say = (text: string): void => {
  if (!toast) return;
  toast.textContent = text;
  toast.classList.add("told");
  clearTimeout(fading);
  fading = setTimeout(() => toast.classList.remove("told"), TOAST_MS);
};

const panel = openPanel();
const renew = async (): Promise<void> => {
  if (!takeDone()) return;
  const turns = await renewLists();
  panel.show(turns);
  if (turns.length > 0) say(toast?.dataset["changed"] ?? "");
};

let due: ReturnType<typeof setTimeout>;
/** A request that was answered shows as a measured resource; only the tracker sends events. */
new PerformanceObserver((list) => {
  if (!list.getEntriesByType("resource").some(({ name }) => name.includes("/v1/events"))) return;
  clearTimeout(due);
  due = setTimeout(() => void renew().catch(() => {}), SETTLE_MS);
}).observe({ type: "resource" });

hearForms(say);
panel.show(watchLists());
tellDone(...JSON.parse(document.body.dataset["tell"] ?? "[]"));
