import { z } from "zod";
import { fieldErrors, problem } from "./errors.ts";

/**
 * Every setting, with its unit, default and limit. Order of precedence, last wins: defaults here,
 * `shopkeeper.yaml` in the data folder, environment (SHOPKEEPER_SERVER_PORT=…), command line.
 */
export interface Config {
  /** Where everything is kept. */
  readonly folder: string;
  readonly server: {
    readonly host: string;
    readonly port: number;
    /** Origins that browsers may call from; empty means none but our own. */
    readonly corsOrigins: readonly string[];
    readonly bodyLimitBytes: number;
    /** A feed that is sent as one file. */
    readonly uploadLimitBytes: number;
    /** Keys of all shops together, revoked ones included. */
    readonly keysMost: number;
    /** Answers are cut off after this long. */
    readonly requestTimeoutMs: number;
    /** Proxies in front of the server that say truly whom they speak for; 0 believes none. */
    readonly trustedProxies: number;
    /** Requests per visitor's address with a publishable key, and minute. */
    readonly ratePublishablePerMinute: number;
    /** Requests per secret key and minute. */
    readonly rateSecretPerMinute: number;
    /** Answers that are made at once, for visitors and for the shop's own each; the others wait. */
    readonly answersAtOnce: number;
    /** Event-loop delay, and wait for a turn, at which requests other than ingestion are turned away. */
    readonly overloadDelayMs: number;
    /** Streams of what happens right now that are told at once. */
    readonly liveWatchersMost: number;
    /** How long a stop waits for requests in flight. */
    readonly shutdownGraceMs: number;
    readonly logLevel: "silent" | "error" | "warn" | "info" | "debug";
  };
  /** Users, who sign in to the admin with a name and a password. */
  readonly access: {
    readonly usersMost: number;
    /** The oldest is ended by one more. */
    readonly sessionsPerUser: number;
    /** A session that is not used for so long ends. */
    readonly sessionIdleHours: number;
    /** A session ends after so long, used or not. */
    readonly sessionDays: number;
    /** Cost of one guess at a password: scrypt with N = 2^this, r = 8, p = 2. */
    readonly scryptCostLog2: number;
    /** Failed sign-ins from one address within the window. */
    readonly failuresPerAddress: number;
    /** Failed sign-ins with one name within the window. */
    readonly failuresPerName: number;
    readonly failureWindowMinutes: number;
    /** Changes that are remembered; the oldest are dropped. */
    readonly auditEntriesMost: number;
  };
  /** Addresses of a shop's own programs that are told what happens. */
  readonly webhooks: {
    /** Whether they may be on this machine and in its networks. */
    readonly allowPrivate: boolean;
    readonly mostPerShop: number;
    /** Deliveries to one address that may wait; more are kept as failed. */
    readonly waitingMost: number;
    /** Deliveries of one address that have ended and can still be looked at. */
    readonly deliveriesKept: number;
    /** Addresses that are sent to at once. */
    readonly atOnce: number;
    /** A receiver must have answered within this long. */
    readonly timeoutMs: number;
    /** More of an answer is not read. */
    readonly answerBytesMost: number;
    /** Pause before the second try; each further one is four times as long, 6 hours at most. */
    readonly retryFirstMs: number;
    /** What was not taken within this long is kept as failed. */
    readonly giveUpHours: number;
    /** How often it is looked whether anything asks for attention. */
    readonly lookEveryMs: number;
  };
  readonly collect: {
    readonly eventsPerBatch: number;
    readonly itemsPerBatch: number;
    /** What a shopper who said nothing has allowed. */
    readonly consent: { readonly measure: boolean; readonly personalise: boolean };
    /** An event may be this far in the future of our clock. */
    readonly clockSkewMs: number;
    /** Currency of amounts that name none. */
    readonly currency: string;
    readonly quarantineLimit: number;
    readonly importBatchRows: number;
    readonly aliasesPerShopper: number;
    /** Pictures of items that are uploaded. */
    readonly pictures: {
      /** Of one file. */
      readonly bytesMost: number;
      /** Of one picture, before it is made smaller. @unit million pixels */
      readonly megapixelsMost: number;
      /** Read at the same time, a thread and up to some 300 MB each. */
      readonly atOnce: number;
      /** Held in memory until it is their turn; more are turned away. */
      readonly waitingMost: number;
    };
  };
  readonly storage: {
    readonly analyticsMemoryMb: number;
    readonly analyticsThreads: number;
    /** Worker threads for fitting and other heavy work. */
    readonly workerThreads: number;
    readonly jobsQueued: number;
    readonly jobsKept: number;
    readonly blobsLimitMb: number;
  };
  readonly features: {
    /** A pause longer than this begins a new session. */
    readonly sessionGapMinutes: number;
    /** Events kept in memory per shopper for the next answer. */
    readonly recentEvents: number;
    /** Shoppers whose recent events are kept in memory; others are read from the log. */
    readonly recentShoppers: number;
    readonly timeZone: string;
  };
  readonly recommend: {
    readonly limitDefault: number;
    readonly limitMax: number;
    /** Share of list places given to exploration, 0..0.5. */
    readonly explorationShare: number;
    readonly rulesPerShop: number;
    /** Rules that a preview shows one by one; more are shown as one. */
    readonly previewStepsMost: number;
  };
  /** How the recommender of a shop that has one is kept up to date by itself; 0 is never. */
  readonly train: {
    /** From one training to the next that goes on from the version in service. */
    readonly everyHours: number;
    /** From one training that learns everything anew to the next. */
    readonly fullEveryHours: number;
  };
  readonly evaluate: { readonly bootstrapRounds: number; readonly reportsKept: number };
  /** Predictions on record that are held against what came, at once; more are drawn by lot. */
  readonly predict: { readonly outcomesMost: number };
  readonly compute: {
    /** Threads of one matrix product. Fixed, so that the same seed gives the same bytes. */
    readonly threads: number;
    /**
     * Who computes networks: the processor by native code or WebAssembly, or a graphics card. One that
     * is not there is replaced by the processor, and said.
     */
    readonly provider: "cpu" | "wasm" | "webgpu" | "cuda";
  };
}

const count = (fallback: number, min: number, max: number): z.ZodDefault<z.ZodInt> =>
  z.int().min(min).max(max).default(fallback);

export const configSchema: z.ZodType<Config, unknown> = z.strictObject({
  folder: z.string().min(1).default("data"),
  server: z
    .strictObject({
      host: z.string().default("127.0.0.1"),
      port: count(4600, 0, 65_535),
      corsOrigins: z.array(z.string()).default([]),
      bodyLimitBytes: count(1_048_576, 1_024, 67_108_864),
      uploadLimitBytes: count(268_435_456, 1_024, 17_179_869_184),
      keysMost: count(1_000, 3, 100_000),
      requestTimeoutMs: count(30_000, 100, 600_000),
      trustedProxies: count(0, 0, 10),
      ratePublishablePerMinute: count(6_000, 1, 10_000_000),
      rateSecretPerMinute: count(60_000, 1, 10_000_000),
      answersAtOnce: count(16, 1, 10_000),
      overloadDelayMs: count(1_000, 10, 60_000),
      liveWatchersMost: count(50, 1, 10_000),
      shutdownGraceMs: count(10_000, 0, 120_000),
      logLevel: z.enum(["silent", "error", "warn", "info", "debug"]).default("info"),
    })
    .prefault({}),
  access: z
    .strictObject({
      usersMost: count(200, 1, 10_000),
      sessionsPerUser: count(10, 1, 100),
      sessionIdleHours: count(8, 1, 720),
      sessionDays: count(7, 1, 90),
      scryptCostLog2: count(16, 14, 20),
      failuresPerAddress: count(30, 1, 10_000),
      failuresPerName: count(10, 1, 10_000),
      failureWindowMinutes: count(15, 1, 1_440),
      auditEntriesMost: count(100_000, 1_000, 10_000_000),
    })
    .prefault({}),
  webhooks: z
    .strictObject({
      allowPrivate: z.boolean().default(false),
      mostPerShop: count(20, 0, 1_000),
      waitingMost: count(1_000, 1, 100_000),
      deliveriesKept: count(200, 1, 10_000),
      atOnce: count(4, 1, 100),
      timeoutMs: count(10_000, 100, 60_000),
      answerBytesMost: count(16_384, 0, 1_048_576),
      retryFirstMs: count(5_000, 10, 3_600_000),
      giveUpHours: count(24, 1, 720),
      lookEveryMs: count(300_000, 1_000, 86_400_000),
    })
    .prefault({}),
  collect: z
    .strictObject({
      eventsPerBatch: count(500, 1, 100_000),
      itemsPerBatch: count(500, 1, 100_000),
      consent: z
        .strictObject({
          measure: z.boolean().default(true),
          personalise: z.boolean().default(true),
        })
        .prefault({}),
      clockSkewMs: count(300_000, 0, 86_400_000),
      currency: z
        .string()
        .regex(/^[A-Z]{3}$/)
        .default("USD"),
      quarantineLimit: count(100_000, 0, 10_000_000),
      importBatchRows: count(5_000, 1, 100_000),
      aliasesPerShopper: count(1_000, 1, 100_000),
      pictures: z
        .strictObject({
          bytesMost: count(10_000_000, 1_000, 100_000_000),
          megapixelsMost: count(50, 1, 268),
          atOnce: count(2, 1, 16),
          waitingMost: count(20, 0, 1_000),
        })
        .prefault({}),
    })
    .prefault({}),
  storage: z
    .strictObject({
      analyticsMemoryMb: count(1_024, 64, 262_144),
      analyticsThreads: count(2, 1, 64),
      workerThreads: count(1, 1, 64),
      jobsQueued: count(100, 1, 10_000),
      jobsKept: count(1_000, 1, 100_000),
      blobsLimitMb: count(16_384, 1, 1_048_576),
    })
    .prefault({}),
  features: z
    .strictObject({
      sessionGapMinutes: count(30, 1, 1_440),
      recentEvents: count(100, 1, 1_000),
      recentShoppers: count(100_000, 1, 10_000_000),
      timeZone: z.string().default("UTC"),
    })
    .prefault({}),
  recommend: z
    .strictObject({
      limitDefault: count(10, 1, 100),
      limitMax: count(100, 1, 1_000),
      explorationShare: z.number().min(0).max(0.5).default(0.02),
      rulesPerShop: count(500, 1, 10_000),
      previewStepsMost: count(20, 1, 1_000),
    })
    .prefault({}),
  train: z
    .strictObject({
      everyHours: z.number().min(0).max(8_760).default(0),
      fullEveryHours: z.number().min(0).max(8_760).default(0),
    })
    .prefault({}),
  evaluate: z
    .strictObject({
      bootstrapRounds: count(1_000, 0, 100_000),
      reportsKept: count(100, 1, 10_000),
    })
    .prefault({}),
  predict: z.strictObject({ outcomesMost: count(200_000, 1_000, 10_000_000) }).prefault({}),
  compute: z
    .strictObject({
      threads: count(2, 1, 64),
      provider: z.enum(["cpu", "wasm", "webgpu", "cuda"]).default("cpu"),
    })
    .prefault({}),
});

/** Validates merged raw settings. @throws problem `invalid-config` naming every wrong setting. */
export function parseConfig(raw: unknown): Config {
  const parsed = configSchema.safeParse(raw);
  if (parsed.success) return parsed.data;
  const errors = fieldErrors(parsed.error.issues);
  const named = errors.map((error) => `${error.pointer || "/"}: ${error.detail}`).join("; ");
  throw problem("invalid-config", named, { errors });
}
