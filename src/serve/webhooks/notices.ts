import { ERASURE } from "../../collect/erase.ts";
import type { Platform } from "../../platform.ts";
import type { Job } from "../../storage/jobs.ts";
import { attentionOf } from "../overview/attention.ts";
import { shopStatus } from "../shop-status.ts";
import type { Parked } from "./deliveries.ts";
import type { WebhookKind } from "./webhook.ts";

/**
 * What has happened in a shop since it was last looked at, read off what is durable: the rules'
 * versions, the certificates of erasure, the version in service, the jobs that ended. So nothing
 * needs to be told at the moment it happens: a crash between a change and its telling leaves a
 * difference, and the next look finds it.
 */
export interface Mark {
  /** Version of the rules. */
  readonly rules: number;
  /** Newest certificate of erasure; their ids grow. */
  readonly erasure: string;
  /** Version in service of each scenario. */
  readonly models: Readonly<Record<string, string | null>>;
  /** The newest trainings that had ended. */
  readonly trainings: readonly string[];
  /** What asked for attention. */
  readonly attention: readonly string[];
}

export interface Notice {
  readonly kind: WebhookKind;
  /** @unit epoch ms */
  readonly at: number;
  readonly data: Readonly<Record<string, unknown>>;
}

export interface Looked {
  readonly mark: Mark;
  readonly notices: readonly Notice[];
  /** Trainings that have not ended. */
  readonly open: readonly string[];
}

const NOTHING: Mark = { rules: 0, erasure: "", models: {}, trainings: [], attention: [] };
const SCENARIOS = ["recommend", "predict"];
const TRAININGS: ReadonlySet<string> = new Set(["train", "train-predict"]);
/** More of one kind at one look are told by their newest. */
const NOTICES_MOST = 100;
const JOBS_LOOKED_AT = 200;
const TRAININGS_MOST = 50;

interface Wanted {
  /** Whether what needs attention is looked for. */
  readonly attention: boolean;
  /** What was given up of the shop's deliveries. */
  readonly parked: readonly Parked[];
}

/** @param before absent at the first look, of which nothing is told */
export async function lookAt(
  platform: Platform,
  shop: string,
  before: Mark | undefined,
  wanted: Wanted,
): Promise<Looked> {
  const seen = before ?? NOTHING;
  const jobs = await platform.storage.jobs.list(shop, JOBS_LOOKED_AT);
  const trainings = jobs.filter(({ kind }) => TRAININGS.has(kind)).slice(0, TRAININGS_MOST);
  const [rules, erasure, models, attention] = await Promise.all([
    ofRules(platform, shop, seen),
    ofErasures(platform, shop, seen),
    ofModels(platform, shop, seen),
    wanted.attention ? ofAttention(platform, shop, seen, wanted.parked) : same(seen.attention),
  ]);
  const ended = ofTrainings(trainings, seen);
  const parts = [erasure, rules, ended, models, attention];
  return {
    mark: {
      rules: rules.mark,
      erasure: erasure.mark,
      models: models.mark,
      trainings: ended.mark,
      attention: attention.mark,
    },
    notices: before === undefined ? [] : parts.flatMap(({ notices }) => notices),
    open: trainings.filter(({ endedAt }) => endedAt === null).map(({ id }) => id),
  };
}

/** What one source has come to, and what is to be told of it. */
interface Part<Seen> {
  readonly mark: Seen;
  readonly notices: readonly Notice[];
}

const same = <Seen>(mark: Seen): Part<Seen> => ({ mark, notices: [] });

async function ofRules(
  { recommend }: Platform,
  shop: string,
  { rules }: Mark,
): Promise<Part<number>> {
  const { version } = await recommend.rules.current(shop);
  if (version <= rules) return same(version);
  const versions = await recommend.rules.history(shop, Math.min(version - rules, NOTICES_MOST));
  const notices = versions.toReversed().map(({ version: number, at, by, change }): Notice => {
    return { kind: "rules.changed", at, data: { version: number, change, by } };
  });
  return { mark: version, notices };
}

async function ofErasures(
  { storage }: Platform,
  shop: string,
  { erasure }: Mark,
): Promise<Part<string>> {
  const notices: Notice[] = [];
  let mark = erasure;
  for (let isMore = true; isMore; ) {
    const page = await storage.records.list<{ id: string; at: number; events: number }>(
      shop,
      ERASURE,
      { ...(mark === "" ? {} : { after: mark }), limit: NOTICES_MOST },
    );
    for (const { value } of page.rows) {
      // Who was erased is told to nobody: the certificate is what can be asked for.
      const { id: certificate, at, events } = value;
      notices.push({ kind: "shopper.erased", at, data: { certificate, events } });
    }
    mark = page.rows.at(-1)?.id ?? mark;
    isMore = page.next !== undefined;
  }
  return { mark, notices };
}

async function ofModels(
  { models, clock }: Platform,
  shop: string,
  seen: Mark,
): Promise<Part<Mark["models"]>> {
  const mark: Record<string, string | null> = {};
  const notices: Notice[] = [];
  for (const scenario of SCENARIOS) {
    const before = seen.models[scenario] ?? null;
    const version = (await models.inService(shop, scenario))?.version ?? null;
    mark[scenario] = version;
    if (version === null || version === before) continue;
    notices.push({ kind: "model.promoted", at: clock(), data: { scenario, version, before } });
  }
  return { mark, notices };
}

function ofTrainings(jobs: readonly Job[], { trainings }: Mark): Part<readonly string[]> {
  const ended = jobs.filter(({ endedAt }) => endedAt !== null);
  const fresh = ended.filter(({ id }) => !trainings.includes(id)).toReversed();
  const notices = fresh.flatMap(({ id: job, kind: what, state, endedAt, error }): Notice[] => {
    const at = endedAt ?? 0;
    if (state === "done") return [{ kind: "training.finished", at, data: { job, kind: what } }];
    if (state !== "failed") return [];
    return [{ kind: "training.failed", at, data: { job, kind: what, error } }];
  });
  return { mark: ended.map(({ id }) => id), notices };
}

async function ofAttention(
  platform: Platform,
  shop: string,
  { attention: before }: Mark,
  parked: readonly Parked[],
): Promise<Part<readonly string[]>> {
  const found = await attentionOf(platform, await shopStatus(platform, shop), parked);
  const raised = found.filter(({ code }) => !before.includes(code));
  const at = platform.clock();
  return {
    mark: found.map(({ code }) => code),
    notices: raised.map((data): Notice => ({ kind: "attention.raised", at, data: { ...data } })),
  };
}
