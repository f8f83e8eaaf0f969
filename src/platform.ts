import type { Clock } from "./clock.ts";
import type { Collect } from "./collect/collect.ts";
import type { Importer } from "./collect/importing.ts";
import type { Shops } from "./collect/shops.ts";
import type { Config } from "./config.ts";
import type { Catalogues } from "./features/catalogue.ts";
import type { Past } from "./features/past.ts";
import type { Recent } from "./features/recent.ts";
import type { ModelRegistry } from "./model/registry.ts";
import type { Recommend } from "./scenarios/recommend/recommend.ts";
import type { JobControl } from "./storage/jobs.ts";
import type { Storage } from "./storage/storage.ts";

/** The whole system, in the order of the data. */
export interface Platform {
  readonly config: Config;
  readonly clock: Clock;
  readonly storage: Storage;
  readonly shops: Shops;
  readonly collect: Collect;
  readonly importer: Importer;
  readonly catalogues: Catalogues;
  readonly recent: Recent;
  readonly models: ModelRegistry;
  readonly recommend: Recommend;
  /** A shop's past with its projection brought up to date. */
  past(shop: string): Promise<Past>;
  /** Drops what is derived and makes it again from the log. */
  rebuild(control: JobControl): Promise<{ readonly events: number; readonly seconds: number }>;
  /** Stops taking work, finishes what is acknowledged, releases every file. */
  close(): Promise<void>;
}
