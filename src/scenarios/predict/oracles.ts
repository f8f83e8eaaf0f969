import { problem } from "../../errors.ts";
import type { ModelRegistry } from "../../model/registry.ts";
import { loadServing } from "../../model/serving.ts";
import { type Oracle, type OracleOptions, openOracle } from "./answers.ts";
import type { PredictModel } from "./fit.ts";

/**
 * The model in service of each shop, opened. It is loaded when first asked for and exchanged whole; the
 * one before is released when the last question it was asked is answered.
 */
export interface Oracles {
  /** Lends the oracle for as long as the work takes. @throws problem `no-model` */
  use<T>(shop: string, work: (lent: Lent) => Promise<T>): Promise<T>;
  /** Loads the version that is in service now. */
  reload(shop: string): Promise<void>;
  close(): Promise<void>;
}

export interface Lent {
  readonly oracle: Oracle;
  readonly version: string;
}

interface Place {
  readonly loaded: Promise<Lent | null>;
  users: number;
  isOver: boolean;
}

export function openOracles(models: ModelRegistry, scenario: string, how: OracleOptions): Oracles {
  const places = new Map<string, Place>();
  const load = async (shop: string): Promise<Lent | null> => {
    const { inService } = await loadServing(models, shop, scenario);
    if (inService === undefined) return null;
    const oracle = await openOracle(inService.model as PredictModel, how);
    return { oracle, version: inService.version.version };
  };
  const put = (shop: string): Place => {
    const place: Place = { loaded: load(shop), users: 0, isOver: false };
    places.set(shop, place);
    // What failed, or was not there, is not kept: the next question tries again.
    const forget = (): void => {
      if (places.get(shop) === place) places.delete(shop);
    };
    place.loaded.then((lent) => {
      if (lent === null) forget();
    }, forget);
    return place;
  };
  const over = async (place: Place | undefined): Promise<void> => {
    if (place === undefined) return;
    place.isOver = true;
    if (place.users === 0) await (await place.loaded)?.oracle.release();
  };
  return {
    async use(shop, work) {
      const place = places.get(shop) ?? put(shop);
      place.users++;
      try {
        const lent = await place.loaded;
        if (lent === null) {
          throw problem(
            "no-model",
            "nothing has been learned of this shop's shoppers yet; predictions have a training of their own: shopkeeper predict train",
          );
        }
        return await work(lent);
      } finally {
        place.users--;
        if (place.isOver) await over(place);
      }
    },
    async reload(shop) {
      const before = places.get(shop);
      await put(shop).loaded;
      await over(before);
    },
    async close() {
      const all = [...places.values()];
      places.clear();
      await Promise.all(all.map(over));
    },
  };
}
