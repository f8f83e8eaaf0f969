import { drawLife, type Population } from "./shoppers.ts";

/**
 * What the shop's world keeps of each shopper between visits, as columns: 60 bytes each, however
 * many events they make.
 */
export interface People {
  readonly count: number;
  /** @shape [count] @unit epoch ms */
  readonly lapsesAt: Float64Array;
  readonly churnsAt: Float64Array;
  readonly arrivesAt: Float64Array;
  /** @shape [count] @unit visits/day */
  readonly visitsPerDay: Float32Array;
  /** Visits begun. @shape [count] */
  readonly visits: Uint16Array;
  /** 1 once the shopper has an account. @shape [count] */
  readonly known: Uint8Array;
  /** Variant left in the cart, -1 none. @shape [count] */
  readonly left: Int32Array;
  /** Group that was bought and wants a companion, -1 none. @shape [count] */
  readonly bought: Int32Array;
  /** Consumable group in use, -1 none, and when it is used up. @shape [count] */
  readonly consumed: Int32Array;
  readonly emptyAt: Float64Array;
}

/** Draws the lives of `count` shoppers. O(count). */
export function drawPeople(
  population: Population,
  count: number,
  window: { startAt: number; endAt: number; visitsPerDay: number },
): People {
  const people: People = {
    count,
    lapsesAt: new Float64Array(count),
    churnsAt: new Float64Array(count),
    arrivesAt: new Float64Array(count),
    visitsPerDay: new Float32Array(count),
    visits: new Uint16Array(count),
    known: new Uint8Array(count),
    left: new Int32Array(count).fill(-1),
    bought: new Int32Array(count).fill(-1),
    consumed: new Int32Array(count).fill(-1),
    emptyAt: new Float64Array(count),
  };
  for (let i = 0; i < count; i++) {
    const life = drawLife(population, i, window);
    people.arrivesAt[i] = life.arrivesAt;
    people.lapsesAt[i] = life.lapsesAt;
    people.churnsAt[i] = life.churnsAt;
    people.visitsPerDay[i] = life.visitsPerDay;
  }
  return people;
}
