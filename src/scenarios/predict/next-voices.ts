import { eventNames } from "../../collect/event.ts";
import { nextActions } from "./heads.ts";
import type { VoiceName } from "./schema.ts";
import { CALIBRATE, JUDGE, LEARN, placesOf, type Slices } from "./slices.ts";

/**
 * What is next in a session. The baseline counts what followed each action; the network speaks where it
 * is surer of what came, in log loss, on a later time.
 */
export interface NextModel {
  readonly voice: VoiceName;
  /** What followed each action, 0..1. @shape [actions, choices] */
  readonly followers: Float32Array;
  /** Log loss of each voice on the moments that chose, nats. */
  readonly chosen: Readonly<Partial<Record<VoiceName, number>>>;
  /** Of the last time: log loss, and the share of which the likeliest came. */
  readonly judged: { readonly cases: number; readonly logLoss: number; readonly accuracy: number };
}

export interface NextTask {
  readonly slices: Slices;
  /** Code of the last event. @shape [moments] */
  readonly last: Uint8Array;
  /** @shape [moments] */
  readonly next: Int32Array;
  /** @shape [moments, choices] */
  readonly network: Float32Array | undefined;
}

const CHOICES = nextActions.length;
/** Every follower counts so often before the first. */
const PRIOR = 0.1;
const CLIP = 1e-6;

/** O(moments choices). */
export function fitNext(task: NextTask): NextModel {
  const { slices, last, next, network } = task;
  const followers = new Float32Array(eventNames.length * CHOICES).fill(PRIOR);
  for (const at of placesOf(slices, LEARN)) {
    const cell = (last[at] as number) * CHOICES + (next[at] as number);
    followers[cell] = (followers[cell] as number) + 1;
  }
  for (let row = 0; row < eventNames.length; row++) {
    const own = followers.subarray(row * CHOICES, (row + 1) * CHOICES);
    const sum = own.reduce((all, count) => all + count, 0);
    for (let at = 0; at < CHOICES; at++) own[at] = (own[at] as number) / sum;
  }
  const counted = (at: number): Float32Array => rowOf(followers, last[at] as number);
  // Not those by which the network stopped.
  const choose = placesOf(slices, CALIBRATE);
  const judge = placesOf(slices, JUDGE);
  const chosen: Partial<Record<VoiceName, number>> = { rate: lossOf(choose, next, counted) };
  const ofNetwork = network === undefined ? undefined : (at: number) => rowOf(network, at);
  if (ofNetwork !== undefined) chosen.network = lossOf(choose, next, ofNetwork);
  const isNetwork = ofNetwork !== undefined && (chosen.network ?? 0) < (chosen.rate ?? 0);
  const say = isNetwork ? ofNetwork : counted;
  const right = judge.filter((at) => likeliest(say(at)) === next[at]).length;
  return {
    voice: isNetwork ? "network" : "rate",
    followers,
    chosen,
    judged: {
      cases: judge.length,
      logLoss: lossOf(judge, next, say),
      accuracy: judge.length === 0 ? 0 : right / judge.length,
    },
  };
}

/** What may be next after an event of this code. @shape network and result [choices] @unit 0..1 */
export const nextChances = (
  { voice, followers }: NextModel,
  last: number,
  network: Float32Array,
): Float32Array => (voice === "network" ? network : rowOf(followers, last));

const rowOf = (table: Float32Array, row: number): Float32Array =>
  table.subarray(row * CHOICES, (row + 1) * CHOICES);

const likeliest = (chances: Float32Array): number => chances.indexOf(Math.max(...chances));

function lossOf(places: Int32Array, next: Int32Array, say: (at: number) => Float32Array): number {
  let sum = 0;
  for (const at of places) sum -= Math.log(Math.max(CLIP, say(at)[next[at] as number] as number));
  return places.length === 0 ? 0 : sum / places.length;
}
