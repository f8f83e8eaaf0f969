/**
 * How fast something comes now, against the time that calibrated the chances of it. Idea: whether it came
 * within thirty days is known of moments thirty days back at the latest, but of the moments since it is
 * known what has come so far. Each calibrated chance is a hazard, of which a share has passed by the age
 * of the moment; the pace is the factor of all hazards under which what has come so far is likeliest, drawn
 * to 1 by so many events at the old pace, and 1 where chance alone might make it. Sources: Cox 1972
 * (proportional hazards); Chapelle 2014 (outcomes that are late).
 * Left out: what comes again each year, which less than two years cannot show; a pace that goes on
 * changing. Not for what is over within the hour.
 */
export interface Unfinished {
  /** Until it came, or silence was broken; infinite where it has not yet. @unit days @shape [moments] */
  readonly waits: Float64Array;
  /** From the moment until now. @unit days @shape [moments] */
  readonly ages: Float64Array;
  /** Places of moments that are asked about and whose time is not over. */
  readonly open: Int32Array;
  /** How far it is looked ahead. @unit days */
  readonly days: number;
  /** It comes true where nothing comes. */
  readonly isSilence: boolean;
}

/** So many events at the old pace are taken to have been seen. */
const EVENTS_BEFORE = 300;
/** A pace under which what came is likelier by less than this is chance's: it is 1. @unit nats */
const GAIN_LEAST = 2;
/** Slower, or faster, by more than this it is not taken to be. */
const PACE_MOST = 4;
const ROUNDS = 40;
const EDGE = 1e-6;

/**
 * `say` is the calibrated chance of a place. O(open rounds + finished log finished).
 * @shape finished [places] known outcomes of the time that calibrates @unit result old hazards
 */
export function paceOf(
  unfinished: Unfinished,
  finished: Int32Array,
  say: (place: number) => number,
): number {
  const { waits, ages, open, isSilence } = unfinished;
  const passed = passedShares(unfinished, finished);
  const came = open.map((at) => ((waits[at] as number) <= (ages[at] as number) ? 1 : 0));
  const hazards = Float64Array.from(open, (at) => {
    const said = Math.min(1 - EDGE, Math.max(EDGE, say(at)));
    return -Math.log(isSilence ? said : 1 - said) * passed(ages[at] as number);
  });
  let [slow, fast] = [-Math.log(PACE_MOST), Math.log(PACE_MOST)];
  for (let round = 0; round < ROUNDS; round++) {
    const middle = (slow + fast) / 2;
    if (rising(hazards, came, Math.exp(middle)) > 0) slow = middle;
    else fast = middle;
  }
  const pace = Math.exp((slow + fast) / 2);
  const gain = likelihood(hazards, came, pace) - likelihood(hazards, came, 1);
  return gain < GAIN_LEAST ? 1 : pace;
}

/** Logarithm of how likely it is what came and what did not. @unit nats */
function likelihood(hazards: Float64Array, came: Int32Array, pace: number): number {
  let sum = 0;
  for (let at = 0; at < hazards.length; at++) {
    const hazard = pace * (hazards[at] as number);
    sum += came[at] === 1 ? Math.log(Math.max(EDGE, -Math.expm1(-hazard))) : -hazard;
  }
  return sum;
}

/** Derivative of the log likelihood, and of what was before, by the logarithm of the pace. */
function rising(hazards: Float64Array, came: Int32Array, pace: number): number {
  let sum = EVENTS_BEFORE * (1 - pace);
  for (let at = 0; at < hazards.length; at++) {
    const hazard = pace * (hazards[at] as number);
    // At an age of 0 nothing can have come: x / (e^x - 1) is 1 there.
    if (came[at] === 1) sum += hazard > 0 ? hazard / Math.expm1(hazard) : 1;
    else sum -= hazard;
  }
  return sum;
}

/** Which share of the hazard of a moment has passed at an age, counted over finished moments. @unit days */
function passedShares({ waits, days }: Unfinished, finished: Int32Array): (age: number) => number {
  const came = Float64Array.from(finished, (at) => waits[at] as number)
    .filter((wait) => wait <= days)
    .sort();
  const left = (count: number): number => -Math.log1p(-count / (finished.length + 1));
  const whole = left(came.length);
  return (age) => {
    let [low, high] = [0, came.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((came[middle] as number) <= age) low = middle + 1;
      else high = middle;
    }
    return whole === 0 ? 0 : left(low) / whole;
  };
}

/** A chance at another pace than the one it was calibrated at. @unit chance and result 0..1 */
export function paced(chance: number, pace: number, isSilence: boolean): number {
  return isSilence ? chance ** pace : -Math.expm1(pace * Math.log1p(-chance));
}
