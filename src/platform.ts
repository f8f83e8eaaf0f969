import { type Clock, systemClock } from "./clock.ts";
import type { Collect } from "./collect/collect.ts";
import type { Importer } from "./collect/importing.ts";
import { openCollect } from "./collect/open-collect.ts";
import { openImporter } from "./collect/open-importer.ts";
import { keepPictures } from "./collect/pictures/keep-pictures.ts";
import type { Pictures } from "./collect/pictures/pictures.ts";
import { openShops, type Shops } from "./collect/shops.ts";
import type { Config } from "./config.ts";
import { openStageBook, type StageTimes } from "./evaluate/stage-times.ts";
import type { Catalogues } from "./features/catalogue.ts";
import { openCatalogues } from "./features/catalogue-live.ts";
import type { ShopsLooks } from "./features/looks/looks.ts";
import { openLooks } from "./features/looks/looks-live.ts";
import type { Past } from "./features/past.ts";
import { openProjector } from "./features/projection.ts";
import type { Recent } from "./features/recent.ts";
import { openRecent } from "./features/recent-live.ts";
import type { ModelRegistry } from "./model/registry.ts";
import { openModelRegistry } from "./model/registry-records.ts";
import { openPredict } from "./scenarios/predict/open-predict.ts";
import type { Predict } from "./scenarios/predict/predict.ts";
import { openRecommend } from "./scenarios/recommend/open-recommend.ts";
import type { Recommend } from "./scenarios/recommend/recommend.ts";
import { restoreBackup } from "./storage/engines/backup.ts";
import { openEmbedded } from "./storage/engines/open.ts";
import type { JobControl } from "./storage/jobs.ts";
import type { BackupReport, Storage } from "./storage/storage.ts";
import {
  chooseProvider,
  notAsAsked,
  type ProviderChoice,
} from "./tensor/runtime/choose-provider.ts";

/** The whole system, in the order of the data. */
export interface Platform {
  readonly config: Config;
  readonly clock: Clock;
  readonly storage: Storage;
  readonly shops: Shops;
  readonly collect: Collect;
  readonly importer: Importer;
  readonly pictures: Pictures;
  readonly catalogues: Catalogues;
  readonly looks: ShopsLooks;
  readonly recent: Recent;
  readonly models: ModelRegistry;
  readonly recommend: Recommend;
  readonly predict: Predict;
  /** How long the first stages took lately. */
  readonly stageTimes: (shop: string) => StageTimes;
  /** Who computes networks here. */
  readonly provider: ProviderChoice;
  /** What was found amiss since opening, for the operator; the newest last, at most a hundred. */
  readonly warnings: readonly string[];
  /** A shop's past with its projection brought up to date. */
  past(shop: string): Promise<Past>;
  /** Drops what is derived and makes it again from the log. */
  rebuild(control: JobControl): Promise<Rebuilt>;
  /** Stops taking work, finishes what is acknowledged, releases every file. */
  close(): Promise<void>;
}

export interface Rebuilt {
  readonly events: number;
  readonly seconds: number;
}

const WARNINGS_MOST = 100;

/**
 * Opens the data folder and everything above it.
 * @throws problem `storage-locked` when another process has the folder open, `storage-damaged`,
 * `storage-full`
 */
export async function openPlatform(config: Config, clock: Clock = systemClock): Promise<Platform> {
  const { folder } = config;
  const storage = await openEmbedded({ folder, config: config.storage, clock });
  try {
    return await wire(config, clock, storage, [...storage.warnings]);
  } catch (error) {
    await storage.close();
    throw error;
  }
}

/**
 * Makes an empty data folder from a backup, every file held against its SHA-256; whole or not at
 * all. What is derived is made when the platform is opened.
 * @throws problem `missing-data`, `storage-damaged`, `invalid-request` when the folder is not empty
 */
export async function restorePlatform(backup: string, folder: string): Promise<BackupReport> {
  return restoreBackup(backup, folder);
}

async function wire(
  config: Config,
  clock: Clock,
  storage: Storage,
  warnings: string[],
): Promise<Platform> {
  const { log, records, analytics, blobs, jobs, tables } = storage;
  const warn = (error: unknown): void => {
    warnings.push(error instanceof Error ? error.message : String(error));
    if (warnings.length > WARNINGS_MOST) warnings.shift();
  };

  const shops = openShops(records, clock);
  const collect = await openCollect({ log, records, clock, config: config.collect });
  const importer = openImporter({ collect, log, records, tables, clock, config: config.collect });

  const stages = openStageBook();
  const took = stages.projected;
  const projector = await openProjector({ log, analytics, records, took, warn });
  const catalogues = openCatalogues({ records });
  const recent = openRecent({ log, config: config.features, personOf: collect.personOf });
  for (const { listener } of [projector, catalogues, recent, stages]) collect.listen(listener);
  const { pictures, looks } = openPictures({ storage, clock, config, collect, catalogues, warn });
  const past = async (shop: string): Promise<Past> => {
    await projector.catchUp(shop);
    return { shop, log, records, analytics };
  };

  const provider = await chooseProvider(config.compute.provider, config.compute.threads);
  if (provider.inUse !== provider.asked) warn(notAsAsked(provider));
  const learning = { ...config, compute: { ...config.compute, provider: provider.inUse } };
  const models = openModelRegistry({ records, blobs, clock });
  const kept = { records, catalogues, looks, recent, models, blobs, tables, past };
  const recommend = openRecommend({ config: learning, clock, collect, ...kept });
  const predict = openPredict({ config: learning, clock, collect, models, past });

  return {
    config,
    clock,
    storage,
    shops,
    collect,
    importer,
    pictures,
    catalogues,
    looks,
    recent,
    models,
    recommend,
    predict,
    stageTimes: stages.of,
    provider,
    warnings,
    past,
    rebuild: async (control) => rebuild(projector, storage, clock, control),
    async close() {
      await jobs.close();
      await recommend.close();
      await predict.close();
      await projector.close();
      await storage.close();
    },
  };
}

interface PictureParts
  extends Pick<Platform, "storage" | "clock" | "config" | "collect" | "catalogues"> {
  readonly warn: (error: unknown) => void;
}

/** Pictures and what they look like; one goes with the last item of its group. */
function openPictures(parts: PictureParts): Pick<Platform, "pictures" | "looks"> {
  const { storage, clock, config, catalogues } = parts;
  const { records, blobs } = storage;
  const pictures = keepPictures({ records, blobs, clock, config: config.collect.pictures });
  const looks = openLooks({ records });
  pictures.listen(looks.listener);
  const forget = async (shop: string, group: string): Promise<void> => {
    const catalogue = await catalogues.of(shop);
    if (catalogue.variants(group).length === 0) await pictures.remove(shop, group);
  };
  parts.collect.listen({
    items(shop, _items, _removed, left) {
      for (const group of new Set(left)) forget(shop, group).catch(parts.warn);
    },
  });
  return { pictures, looks };
}

async function rebuild(
  projector: Awaited<ReturnType<typeof openProjector>>,
  { log }: Storage,
  clock: Clock,
  { progress, signal }: JobControl,
): Promise<Rebuilt> {
  const begun = clock();
  await projector.rebuild(progress, signal);
  const counts = await Promise.all((await log.shops()).map((shop) => log.count(shop)));
  const events = counts.reduce((sum, count) => sum + count, 0);
  return { events, seconds: (clock() - begun) / 1000 };
}
