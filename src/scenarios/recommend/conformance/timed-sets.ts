import { join } from "node:path";
import { type Cases, collectCases } from "../../../features/cases.ts";
import type { RecommendFrame } from "../learning/frame.ts";
import { type Deed, frameOf, rowsOf, wordsOf } from "./published-sets.ts";

/**
 * A real set at three moments, as a shop meets it: what was known when a model was made, what is known
 * some time later, with the items and shoppers that came meanwhile, and what each shopper did next.
 */
export interface TimedSet {
  readonly before: RecommendFrame;
  readonly after: RecommendFrame;
  /** What happened until the end, as far as the items of `after` go, under its tokens. */
  readonly whole: RecommendFrame;
  /** What shoppers did behind `after`, each action given all before it. */
  readonly cases: Cases;
  readonly protocol: string;
}

/** Shares of the actions, in the order of time, that are known at the two moments. */
export interface Moments {
  readonly before: number;
  readonly after: number;
}

const SESSION_GAP_MS = 30 * 60_000;

const readers: Readonly<Record<string, (folder: string) => Promise<Deed[]>>> = {
  "movielens-1m": async (folder) =>
    (await rowsOf(join(folder, "interactions.parquet")))
      .filter((row) => Number(row["timestamp"]) > 0)
      .map((row) => deed(row["user_id"], row["movie_id"], row["timestamp"], null)),
  "retailrocket-behaviour": async (folder) =>
    (await rowsOf(join(folder, "events.parquet")))
      .filter((row) => row["split"] !== "test" && Number(row["timestamp"]) > 0)
      .map((row) =>
        deed(row["user_id"], row["item_id"], row["timestamp"], String(row["behavior"])),
      ),
};

function deed(user: unknown, item: unknown, second: unknown, behaviour: string | null): Deed {
  const [row, at] = [String(user), Number(second) * 1_000];
  const basket = behaviour === "buy" ? `${row} ${at}` : null;
  return { row, item: String(item), at, session: row, basket };
}

/** Rows in the order of users and time; sessions end with a pause of half an hour. */
function inOrder(deeds: readonly Deed[]): Deed[] {
  const sorted = deeds.toSorted((a, b) => (a.row === b.row ? a.at - b.at : a.row < b.row ? -1 : 1));
  let session = 0;
  return sorted.map((one, place) => {
    const before = sorted[place - 1];
    const isNew = before?.row !== one.row || one.at - before.at > SESSION_GAP_MS;
    if (isNew) session++;
    return { ...one, session: String(session) };
  });
}

/** At most so many of the users, the first by their id. */
export async function timedSet(
  root: string,
  name: string,
  { before, after }: Moments,
  usersMost: number,
): Promise<TimedSet> {
  const folder = join(root, name);
  const read = await readers[name]?.(folder);
  const deeds = inOrder((read ?? []).filter(({ row }) => Number(row) <= usersMost));
  const words =
    name === "movielens-1m"
      ? await wordsOf(join(folder, "movies.parquet"), "movie_id")
      : new Map<string, readonly string[]>();
  const times = deeds.map(({ at }) => at).sort((a, b) => a - b);
  const momentOf = (share: number): number => times[Math.floor(share * times.length)] as number;
  const until = (moment: number): RecommendFrame => {
    const known = deeds.filter(({ at }) => at < moment);
    const items = new Set(known.map(({ item }) => item));
    const said = new Map([...words].filter(([item]) => items.has(item)));
    return { ...frameOf(known, said), asOf: moment };
  };
  const [first, second] = [until(momentOf(before)), until(momentOf(after))];
  const whole = inTokensOf(deeds, second);
  return {
    before: first,
    after: second,
    whole,
    cases: nextOf(whole, second.asOf),
    protocol:
      `by time: ${before} of the actions known to the model before, ${after} to the one after; every ` +
      "action behind that is asked, given all of the shopper's before it, unless it is on the same " +
      "item as the one before it, or on one that nobody had touched by then",
  };
}

/** All deeds with items that the model after can know, under its tokens. */
function inTokensOf(deeds: readonly Deed[], { groups }: RecommendFrame): RecommendFrame {
  const tokenOf = new Map(groups.map((group, token) => [group, token]));
  const whole = frameOf(
    deeds.filter(({ item }) => tokenOf.has(item)),
    new Map(),
  );
  const tokens = whole.sequences.tokens.map(
    (token) => tokenOf.get(whole.groups[token] as string) as number,
  );
  return { ...whole, groups, sequences: { ...whole.sequences, tokens, vocabulary: groups.length } };
}

function nextOf({ sequences }: RecommendFrame, from: number): Cases {
  const { rows, offsets, tokens, times } = sequences;
  const cases = collectCases(sequences);
  for (let row = 0; row < rows; row++) {
    const start = offsets[row] as number;
    for (let place = start + 1; place < (offsets[row + 1] as number); place++) {
      const isLater = (times[place] as number) >= from;
      if (isLater && tokens[place] !== tokens[place - 1]) cases.addNext(row, start, place);
    }
  }
  return cases.done();
}
