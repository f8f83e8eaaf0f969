import { problem } from "../../errors.ts";
import type { Timelines } from "../../features/timelines.ts";
import type { Answers, Oracle } from "./answers.ts";
import { isOpenAt, type Stretch } from "./counted.ts";
import type { PredictModel } from "./fit.ts";
import { nextActions } from "./heads.ts";
import { reasonsOf, walkPath } from "./reasons.ts";
import { returnOf } from "./return-time.ts";
import type { PredictChance, PredictDecision, PredictRequest, PredictValue } from "./schema.ts";
import { segmentOf } from "./segments.ts";

/** What `decide` is handed: the history of who is asked about, as of the moment, and the model opened. */
export interface PredictNeeds {
  /** Null while no model has been trained. */
  readonly oracle: Oracle | null;
  /** Of the person alone; without rows where nothing is known. */
  readonly timelines: Timelines;
  /** @unit epoch ms */
  readonly asOf: number;
  /** Id of the answer. */
  readonly request: string;
  /** Version of the model. */
  readonly version: string | null;
}

/** Look up, predict, explain. @throws problem `no-model` */
export async function decide(
  model: PredictModel | null,
  request: PredictRequest,
  { oracle, timelines, asOf, request: id, version }: PredictNeeds,
): Promise<PredictDecision> {
  if (model === null || oracle === null) {
    throw problem(
      "no-model",
      "nothing has been learned of this shop's shoppers yet; predictions have a training of their own: shopkeeper predict train",
    );
  }
  const stretch = { from: 0, to: timelines.offsets[1] ?? 0, now: asOf };
  const isKnown = stretch.to > 0;
  const answers = await oracle.answer(timelines, [stretch]);
  const isOpen = isOpenIn(model, timelines, stretch);
  const chances = chancesOf(model, answers, isOpen);
  return {
    request: id,
    person: timelines.persons[0] ?? null,
    segment: segmentOf(timelines, stretch),
    chances:
      request.explain && isKnown
        ? await explained(oracle, timelines, stretch, chances, request)
        : chances,
    value: valueIn(model, answers, 0),
    returns: returnOf(chances),
    next: isOpen && model.next !== null ? nextIn(answers) : [],
    model: version,
    seed: model.seed,
    asOf,
    notices: noticesOf(request, isKnown, isOpen),
  };
}

function isOpenIn({ scale }: PredictModel, { times }: Timelines, { to, now }: Stretch): boolean {
  return to > 0 && isOpenAt(times[to - 1] as number, now, scale.sessionGapMinutes);
}

function noticesOf(
  { shopper, anonymous, locale }: PredictRequest,
  isKnown: boolean,
  isOpen: boolean,
): readonly string[] {
  const said = noticed[locale];
  if (isKnown) return isOpen ? [] : [said.closed];
  const who = shopper ?? anonymous;
  return [said.usual(who === undefined ? said.nobody : said.unknown(who))];
}

const noticed = {
  en: {
    closed: "no session is open: what is next in it is not asked",
    nobody: "nobody is named",
    unknown: (who: string): string => `nothing is known of "${who}"`,
    usual: (why: string): string => `${why}: every chance is the usual one of this shop`,
  },
  zh: {
    closed: "没有进行中的访问，因此不预测其中的下一步",
    nobody: "没有指定顾客",
    unknown: (who: string): string => `对“${who}”一无所知`,
    usual: (why: string): string => `${why}：所有概率都是本店的一般水平`,
  },
} as const;

/** Chances of the first stretch; those of a session only while one is open. */
export function chancesOf(
  model: PredictModel,
  { chances }: Pick<Answers, "chances">,
  isOpen: boolean,
  row = 0,
): readonly PredictChance[] {
  return model.chances.flatMap(({ head, usual, voice }, at) =>
    head.days === null && !isOpen
      ? []
      : [
          {
            head: head.name,
            days: head.days,
            probability: chances[row * model.chances.length + at] as number,
            usual,
            voice,
            reasons: [],
          },
        ],
  );
}

async function explained(
  oracle: Oracle,
  timelines: Timelines,
  stretch: Stretch,
  chances: readonly PredictChance[],
  { locale }: PredictRequest,
): Promise<readonly PredictChance[]> {
  const path = await walkPath(oracle, timelines, stretch);
  const columns = oracle.model.chances.map(({ head }) => head.name);
  return chances.map((chance) => ({
    ...chance,
    reasons: reasonsOf(path, columns.indexOf(chance.head), timelines, locale),
  }));
}

export function valueIn(
  { value, scale, currency }: PredictModel,
  { values }: Pick<Answers, "values">,
  row: number,
): PredictValue | null {
  if (value === null) return null;
  const orders = values[row] as number;
  const priced = scale.orderMedianMinor > 0 && currency !== null;
  return {
    days: value.days,
    expectedMinor: priced ? Math.round(orders * scale.orderMedianMinor) : null,
    currency,
    orders,
    voice: value.voice,
  };
}

function nextIn({ next }: Answers): PredictDecision["next"] {
  return nextActions
    .map((action, at) => ({ action, probability: next[at] as number }))
    .sort((a, b) => b.probability - a.probability || (a.action < b.action ? -1 : 1));
}
