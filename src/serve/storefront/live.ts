import { PassThrough } from "node:stream";
import type { FastifyInstance } from "fastify";
import type { Event } from "../../collect/event.ts";
import { isProblem, problem } from "../../errors.ts";
import type { PredictDecision } from "../../scenarios/predict/schema.ts";
import { DEMO } from "../pages/demo.ts";
import { type Html, html } from "../pages/html.ts";
import { type Front, type Visit, visitOf } from "./front.ts";
import { categoryName, titleOf } from "./parts.ts";
import { visitorOf } from "./visitor.ts";

/**
 * The panel's stream (server-sent events): each event of this visitor as it is durable, and after
 * it what the models make of them. Pieces of a page are sent, so words are the server's alone.
 */
interface Watcher {
  readonly visit: Visit;
  readonly out: PassThrough;
  due: NodeJS.Timeout | undefined;
  /** What was last said of each chance, to tell what moved. */
  chances: ReadonlyMap<string, number>;
}

const WATCHERS_MOST = 500;
const HEARTBEAT_MS = 20_000;
/** Events of one moment make one new state. */
const GATHER_MS = 120;
const RECENT_SHOWN = 8;

export function addLive(server: FastifyInstance, front: Front): void {
  const watchers = new Set<Watcher>();
  const { collect, storage } = front.platform;
  collect.listen({
    events(shop, events) {
      if (shop !== DEMO || watchers.size === 0) return;
      for (const watcher of watchers) tell(watcher, events);
    },
  });
  server.addHook("preClose", (done) => {
    for (const { out } of watchers) out.end();
    done();
  });
  server.get(
    "/shop/live",
    { schema: { hide: true }, config: { scope: "public", slow: true } },
    async (request, reply) => {
      if (watchers.size >= WATCHERS_MOST) {
        throw problem("overloaded", "too many panels are open", { retryAfterSeconds: 30 });
      }
      const visit = await visitOf(front, request, visitorOf(request));
      const watcher: Watcher = {
        visit,
        out: new PassThrough(),
        due: undefined,
        chances: new Map(),
      };
      const beat = setInterval(() => watcher.out.write(": here\n\n"), HEARTBEAT_MS);
      watchers.add(watcher);
      reply.raw.once("close", () => {
        clearInterval(beat);
        clearTimeout(watcher.due);
        watchers.delete(watcher);
        watcher.out.destroy();
      });
      const person = collect.personOf(DEMO, visit.ids);
      const rows = person === null ? [] : await storage.log.recent(DEMO, person, RECENT_SHOWN);
      for (const { body } of rows)
        send(watcher, "seen", eventRow(visit, JSON.parse(body) as Event));
      await sendState(watcher);
      return reply
        .type("text/event-stream; charset=utf-8")
        .header("cache-control", "no-store")
        .header("x-accel-buffering", "no")
        .send(watcher.out);
    },
  );
}

function tell(watcher: Watcher, events: readonly Event[]): void {
  const { visit } = watcher;
  const { collect } = visit.front.platform;
  const own = collect.personOf(DEMO, visit.ids);
  const ours = events.filter((event) => collect.personOf(DEMO, event) === own);
  if (ours.length === 0) return;
  for (const event of ours) send(watcher, "seen", eventRow(visit, event));
  if (watcher.due !== undefined) return;
  watcher.due = setTimeout(() => {
    watcher.due = undefined;
    sendState(watcher).catch(() => watcher.out.end());
  }, GATHER_MS);
}

/** A line of data may hold no line break; none of ours needs one. */
function send({ out }: Watcher, event: string, { markup }: Html): void {
  if (out.writable) out.write(`event: ${event}\ndata: ${markup.replaceAll(/\s*\n\s*/g, " ")}\n\n`);
}

function eventRow({ words, catalogue, visitor }: Visit, event: Event): Html {
  const [first, ...more] = event.items;
  const item = first === undefined ? undefined : catalogue.item(first.item);
  const about = event.context.query ?? (item === undefined ? "" : titleOf(item, visitor.locale));
  const rest = more.length > 0 ? ` +${more.length}` : "";
  const time = new Intl.DateTimeFormat(visitor.locale, { timeStyle: "medium" }).format(event.at);
  return html`<li class="of-${event.name}"><time>${time}</time>
<strong>${words.events[event.name]}</strong> ${about}${rest}</li>`;
}

async function sendState(watcher: Watcher): Promise<void> {
  const { visit } = watcher;
  const [interests, predicted] = await Promise.all([interestsOf(visit), predictionOf(visit)]);
  send(watcher, "state", state(watcher, interests, predicted));
  watcher.chances = new Map(
    predicted?.chances.map(({ head, probability }) => [head, probability]) ?? [],
  );
}

interface Interests {
  readonly actions: number;
  /** Narrowest categories with their share, largest first. */
  readonly shares: readonly (readonly [category: string, share: number])[];
}

const INTERESTS_SHOWN = 4;
/** An action counts for half of one that came so many later. */
const HALF_AFTER = 8;

async function interestsOf({ front, ids, catalogue }: Visit): Promise<Interests> {
  const { collect, recent } = front.platform;
  const person = collect.personOf(DEMO, ids);
  const done = person === null ? [] : await recent.of(DEMO, person);
  const weights = new Map<string, number>();
  let whole = 0;
  done.forEach(({ items }, at) => {
    const [category] = (catalogue.item(items[0] ?? "")?.categories ?? []).slice(-1);
    if (category === undefined) return;
    const weight = 0.5 ** ((done.length - 1 - at) / HALF_AFTER);
    whole += weight;
    weights.set(category, (weights.get(category) ?? 0) + weight);
  });
  const shares = [...weights]
    .map(([category, weight]) => [category, weight / whole] as const)
    .sort((a, b) => b[1] - a[1])
    .slice(0, INTERESTS_SHOWN);
  return { actions: done.length, shares };
}

async function predictionOf({ front, ids, visitor }: Visit): Promise<PredictDecision | undefined> {
  try {
    const asked = { ...ids, explain: false, locale: visitor.locale };
    return await front.platform.predict.decide(DEMO, asked);
  } catch (error) {
    if (isProblem(error) && error.code === "no-model") return undefined;
    throw error;
  }
}

function state(
  { visit, chances }: Watcher,
  { actions, shares }: Interests,
  predicted: PredictDecision | undefined,
): Html {
  const { words, visitor } = visit;
  const percent = new Intl.NumberFormat(visitor.locale, { style: "percent" });
  const bar = (name: string, share: number, moved: string): Html => html`<div><dt>${name}</dt>
<dd><meter min="0" max="1" value="${share.toFixed(3)}" aria-label="${name}"></meter>
${percent.format(share)}${moved}</dd></div>`;
  const drawn = shares.map(([name, share]) => bar(categoryName(name, visitor.locale), share, ""));
  return html`<dl><div><dt>${words.known}</dt><dd>${actions}</dd></div></dl>
<h4>${words.interests}</h4>
${drawn.length > 0 ? html`<dl>${drawn}</dl>` : html`<p class="note">${words.interestsNone}</p>`}
${predicted === undefined ? html`<p class="note">${words.noPredict}</p>` : forecast(predicted)}`;

  function forecast({ segment, chances: now, model }: PredictDecision): Html {
    const rows = now.map(({ head, probability }) => {
      const before = chances.get(head);
      const by = before === undefined ? 0 : Math.round((probability - before) * 100);
      const moved = by === 0 ? "" : by > 0 ? ` ▲ ${by}` : ` ▼ ${-by}`;
      return bar(words.chances[head], probability, moved);
    });
    return html`<dl><div><dt>${words.segment}</dt><dd>${words.segments[segment]}</dd></div>
${rows}<div><dt>${words.model}</dt><dd>${model ?? words.noModel}</dd></div></dl>`;
  }
}
