/** Made of test/openapi.json by scripts/client-types.ts; not to be edited. */

import type { CallOptions, Line, Upload } from "../calls.ts";
import type {
  AuditEntry,
  BackupRequest,
  CanaryRequest,
  CatalogueItem,
  CompressModelRequest,
  Computing,
  DiscardRequest,
  ErasureCertificate,
  EvaluateRequest,
  EventBatch,
  EventInput,
  EventsTaken,
  Experiment,
  ExplainRequest,
  ExportModelRequest,
  Health,
  ImportModelRequest,
  ImportReport,
  ImportRequest,
  ItemBatch,
  ItemExplanation,
  ItemInput,
  ItemInsights,
  ItemPatch,
  ItemsTaken,
  Job,
  Key,
  LinesTaken,
  LiveSnapshot,
  Merged,
  MergeRequest,
  ModelVersion,
  NewKey,
  NewKeyRequest,
  NewShop,
  NewUser,
  NewUserRequest,
  NewWebhook,
  NewWebhookRequest,
  Overview,
  PasswordChange,
  Picture,
  Pipeline,
  PredictDecision,
  PredictOutcomes,
  PredictPage,
  PredictReport,
  PredictRequest,
  PreviewRequest,
  Quarantined,
  RecommendDecision,
  RecommendPreview,
  RecommendRequest,
  RecommendSurface,
  RecordPredictionsRequest,
  Replayed,
  ReplayRequest,
  Report,
  ReportSummary,
  Retention,
  RetentionCertificate,
  RetentionChange,
  RetentionPreview,
  RollbackRequest,
  RuleInput,
  RuleSet,
  SearchRequest,
  SegmentForecasts,
  Serving,
  Session,
  Shop,
  ShopperProfile,
  ShopperSummary,
  ShopStatus,
  SignIn,
  TrainingHoursInput,
  TrainingSchedule,
  TrainPredictRequest,
  TrainRequest,
  Trial,
  User,
  UserChange,
  Webhook,
  WebhookChange,
  WebhookDelivery,
  WithdrawRequest,
} from "./schemas.ts";
export interface AuditCalls {
  /**
   * Who changed what, newest first. The owner sees all, or one shop by X-Shop; who else asks,
   * their shop. Where few entries match a page may be short and yet have a next one.
   */
  listAudit(
    query?: {
      readonly limit?: number | undefined;
      /** `next` of the page before */
      readonly cursor?: string | undefined;
      readonly who?: string | undefined;
      readonly route?: string | undefined;
      /** Epoch milliseconds */
      readonly since?: number | undefined;
    },
    options?: CallOptions,
  ): Promise<{
    readonly rows: readonly AuditEntry[];
    /** Cursor of the next page; null on the last */
    readonly next: string | null;
  }>;
}

export interface EventsCalls {
  /**
   * Send one event, or a batch. Each event is judged by itself: the good ones are taken, and
   * `rejected` says what is wrong with the others. What is answered for is on disk. An `eventId`
   * that was taken before changes nothing, so a request may be repeated safely. JSON may also
   * come as `text/plain`, as beacons send. One event by itself that is not valid is a problem of
   * the request.
   */
  sendEvents(body: EventBatch | EventInput, options?: CallOptions): Promise<EventsTaken>;
  /**
   * Send Google Analytics 4 events as they are. Each event is judged by itself: the good ones are
   * taken, and `rejected` says what is wrong with the others. What is answered for is on disk. An
   * `eventId` that was taken before changes nothing, so a request may be repeated safely. JSON
   * may also come as `text/plain`, as beacons send. What has no place in our vocabulary is kept
   * in `properties`.
   */
  sendGa4Events(
    body: Readonly<Record<string, unknown>>,
    options?: CallOptions,
  ): Promise<EventsTaken>;
  /**
   * Send Segment calls as they are. Each event is judged by itself: the good ones are taken, and
   * `rejected` says what is wrong with the others. What is answered for is on disk. An `eventId`
   * that was taken before changes nothing, so a request may be repeated safely. JSON may also
   * come as `text/plain`, as beacons send. What has no place in our vocabulary is kept in
   * `properties`.
   */
  sendSegmentEvents(
    body: Readonly<Record<string, unknown>>,
    options?: CallOptions,
  ): Promise<EventsTaken>;
  /**
   * Send any number of events as lines of JSON. Each event is judged by itself: the good ones are
   * taken, and `rejected` says what is wrong with the others. What is answered for is on disk. An
   * `eventId` that was taken before changes nothing, so a request may be repeated safely. JSON
   * may also come as `text/plain`, as beacons send. The stream is read no faster than the disk
   * can write.
   */
  streamEvents(
    lines: Iterable<EventInput> | AsyncIterable<EventInput>,
    options?: CallOptions,
  ): Promise<LinesTaken>;
}

export interface ExperimentsCalls {
  /**
   * What a trial says: shoppers, clicks, purchases, revenue, and whether they differ. Each
   * shopper counts once, for the version that showed them a list first, with what they did from
   * then on. Verdicts hold however often they are asked for.
   */
  getExperiment(
    trial: string,
    query?: {
      /** The difference worth telling, as a share of what the version in service has */
      readonly effect?: number | undefined;
    },
    options?: CallOptions,
  ): Promise<Experiment>;
  /**
   * Trials of a version of the recommender beside another, newest first. Begin one with `POST
   * /v1/models/{version}/canary`. Another share begins another trial; it ends with share 0, and
   * when a version is promoted or withdrawn. The last twenty are kept.
   */
  listExperiments(options?: CallOptions): Promise<{
    readonly rows: readonly Trial[];
    /** Cursor of the next page; null on the last */
    readonly next: string | null;
  }>;
}

export interface HealthCalls {
  /** Counts for Prometheus. With a secret or the owner's key, or from this machine without one. */
  getMetrics(options?: CallOptions): Promise<string>;
  /** The process answers. */
  isLive(options?: CallOptions): Promise<Health>;
  /** The server takes work. */
  isReady(options?: CallOptions): Promise<Health>;
}

export interface ImportAndExportCalls {
  /** The whole log as lines of JSON. */
  exportEvents(options?: CallOptions): Promise<AsyncGenerator<Line>>;
  /** The whole catalogue as lines of JSON. */
  exportItems(options?: CallOptions): Promise<AsyncGenerator<Line>>;
  /**
   * Take what an export gave: events and items as lines of JSON. A line with `item` is an item,
   * any other an event. Sending it twice changes nothing.
   */
  importLines(
    lines: Iterable<EventInput | ItemInput> | AsyncIterable<EventInput | ItemInput>,
    options?: CallOptions,
  ): Promise<LinesTaken>;
  /** What can be imported. */
  listImportSources(options?: CallOptions): Promise<{
    readonly rows: readonly {
      readonly name: string;
      readonly about: string;
    }[];
    /** Cursor of the next page; null on the last */
    readonly next: string | null;
  }>;
  /**
   * Import a file or folder of the server's machine. Answers 202 with the job and its Location,
   * or 200 when `Prefer: wait=seconds` is sent and the job ends in time.
   */
  startImport(body: ImportRequest, options?: CallOptions): Promise<Job>;
}

export interface InstallationCalls {
  /** Who computes networks: the provider asked for, the one in use, and why not another. */
  getCompute(options?: CallOptions): Promise<Computing>;
  /** The settings in force, secrets masked. */
  getConfig(options?: CallOptions): Promise<Readonly<Record<string, unknown>>>;
  /** What was found amiss since the start, the newest last. */
  listWarnings(options?: CallOptions): Promise<{
    readonly rows: readonly string[];
    /** Cursor of the next page; null on the last */
    readonly next: string | null;
  }>;
  /** Copy everything into an empty folder while running. */
  startBackup(body: BackupRequest, options?: CallOptions): Promise<Job>;
  /** Make all that is derived again from the log. */
  startRebuild(options?: CallOptions): Promise<Job>;
}

export interface ItemsCalls {
  /** Get one item. */
  getItem(item: string, options?: CallOptions): Promise<CatalogueItem>;
  /**
   * How an item did, day by day, and who dealt with it. All variants of its group together; days
   * are of UTC.
   */
  getItemInsights(
    item: string,
    query?: {
      readonly days?: number | undefined;
    },
    options?: CallOptions,
  ): Promise<ItemInsights>;
  /** Get the picture of an item. As WebP. */
  getPicture(group: string, options?: CallOptions): Promise<Blob>;
  /**
   * List the catalogue, or search it. In order of ids; a search in the order in which items came.
   */
  listItems(
    query?: {
      readonly limit?: number | undefined;
      /** `next` of the page before */
      readonly cursor?: string | undefined;
      /** Words that id, title, brand or category must hold, in either language */
      readonly q?: string | undefined;
      readonly category?: string | undefined;
      readonly brand?: string | undefined;
      readonly stock?: "in" | "out" | undefined;
      readonly hidden?: "true" | "false" | undefined;
    },
    options?: CallOptions,
  ): Promise<{
    readonly rows: readonly CatalogueItem[];
    /** Cursor of the next page; null on the last */
    readonly next: string | null;
  }>;
  /** Change price, stock or visibility of one item. Holds in the very next answer. */
  patchItem(item: string, body: ItemPatch, options?: CallOptions): Promise<CatalogueItem>;
  /**
   * Add or replace items. An item is replaced whole. POST and PUT do the same; `rejected` names
   * the faulty ones.
   */
  putItems(body: ItemBatch | ItemInput, options?: CallOptions): Promise<ItemsTaken>;
  /**
   * Upload the picture of an item. JPEG, PNG or WebP as it is; written anew, at most 640 pixels a
   * side, without anything else that was in the file. The item then stands beside what looks like
   * it.
   */
  putPicture(
    group: string,
    body: Upload,
    type: "image/jpeg" | "image/png" | "image/webp",
    options?: CallOptions,
  ): Promise<Picture>;
  /** Remove one item. */
  removeItem(item: string, options?: CallOptions): Promise<void>;
  /** Remove the picture of an item. */
  removePicture(group: string, options?: CallOptions): Promise<void>;
  /**
   * Upload a Google Merchant feed. TSV or XML as it is. Lines that cannot be taken are kept in
   * quarantine.
   */
  uploadMerchantFeed(
    body: Upload,
    type: "text/tab-separated-values" | "application/xml" | "text/xml",
    options?: CallOptions,
  ): Promise<ImportReport>;
  /**
   * Add or replace items. An item is replaced whole. POST and PUT do the same; `rejected` names
   * the faulty ones.
   */
  upsertItems(body: ItemBatch | ItemInput, options?: CallOptions): Promise<ItemsTaken>;
}

export interface JobsCalls {
  /** Cancel a job. */
  cancelJob(job: string, options?: CallOptions): Promise<Job>;
  /** One job; with `wait`, once it has ended or the time is up. */
  getJob(
    job: string,
    query?: {
      /** Seconds */
      readonly wait?: number | undefined;
    },
    options?: CallOptions,
  ): Promise<Job>;
  /** Jobs, newest first. */
  listJobs(
    query?: {
      readonly limit?: number | undefined;
    },
    options?: CallOptions,
  ): Promise<{
    readonly rows: readonly Job[];
    /** Cursor of the next page; null on the last */
    readonly next: string | null;
  }>;
}

export interface KeysCalls {
  /** Make an API key; it is shown this once. */
  createKey(body: NewKeyRequest, options?: CallOptions): Promise<NewKey>;
  /** API keys, masked, with the day of last use. */
  listKeys(options?: CallOptions): Promise<{
    readonly rows: readonly Key[];
    /** Cursor of the next page; null on the last */
    readonly next: string | null;
  }>;
  /** Revoke an API key, from now on. */
  revokeKey(key: string, options?: CallOptions): Promise<Key>;
}

export interface LiveCalls {
  /**
   * The shop as it is right now, told every second. Server-sent events named `snapshot`; the data
   * of each is JSON as below. It ends after `snapshots` of them, when the server stops, and when
   * the key or session does.
   */
  watchShop(
    query?: {
      readonly snapshots?: number | undefined;
    },
    options?: CallOptions,
  ): Promise<AsyncGenerator<LiveSnapshot>>;
}

export interface ModelsCalls {
  /**
   * Make a smaller version of a version, where its answers lose no more than they may. `int8`
   * keeps tables and weights in 8 bits, `prune` leaves out the numbers nearest to 0, `pq` keeps
   * the item table as numbers of centres, `distill` teaches a network of half the blocks. What it
   * costs is measured on held-out actions, by a model that learned without them; the job's result
   * is the report and the new version, or null where more than `dropMost` was lost. Answers as
   * every job does: 202, or 200 when it ends within `Prefer: wait=seconds`.
   */
  compressModel(version: string, body: CompressModelRequest, options?: CallOptions): Promise<Job>;
  /**
   * Write a version and what it learned from into a new folder. Safetensors, ONNX, a model card
   * and Parquet. Answers as every job does: 202, or 200 when it ends within `Prefer:
   * wait=seconds`.
   */
  exportModel(version: string, body: ExportModelRequest, options?: CallOptions): Promise<Job>;
  /** One model version. */
  getModel(version: string, options?: CallOptions): Promise<ModelVersion>;
  /** The version that answers, and the one that is tried out beside it. */
  getServing(
    query?: {
      readonly scenario?: string | undefined;
    },
    options?: CallOptions,
  ): Promise<Serving>;
  /** How often the recommender is trained by itself, and when next. */
  getTrainingSchedule(options?: CallOptions): Promise<TrainingSchedule>;
  /**
   * Take weights that were trained in such a folder as a new version. They are held against the
   * network and the log, then judged on what is held out; a version that does not pass is
   * withdrawn, and `promote` puts a better one in service. Answers as every job does: 202, or 200
   * when it ends within `Prefer: wait=seconds`.
   */
  importModel(body: ImportModelRequest, options?: CallOptions): Promise<Job>;
  /** Model versions, newest first. */
  listModels(
    query?: {
      readonly scenario?: string | undefined;
    },
    options?: CallOptions,
  ): Promise<{
    readonly rows: readonly ModelVersion[];
    /** Cursor of the next page; null on the last */
    readonly next: string | null;
  }>;
  /** Put a version in service. */
  promoteModel(version: string, options?: CallOptions): Promise<ModelVersion>;
  /** Back to the version that was in service before. */
  rollbackModel(body: RollbackRequest, options?: CallOptions): Promise<ModelVersion>;
  /**
   * Look for better parameters of the behaviour model within a time. By successive halving: many
   * candidates are trained a little, the best of them longer. The job's result holds every trial,
   * and what won as changes of the parameters; it trains no version. Answers 202 with the job and
   * its Location, or 200 when `Prefer: wait=seconds` is sent and the job ends in time.
   */
  searchParams(body: SearchRequest, options?: CallOptions): Promise<Job>;
  /**
   * Change how often the recommender is trained by itself. For this shop alone; the server looks
   * every minute for what is due.
   */
  setTrainingSchedule(body: TrainingHoursInput, options?: CallOptions): Promise<TrainingSchedule>;
  /**
   * Train a new model version. Answers 202 with the job and its Location, or 200 when `Prefer:
   * wait=seconds` is sent and the job ends in time.
   */
  train(body: TrainRequest, options?: CallOptions): Promise<Job>;
  /** Try a version on a share of the shoppers beside the one in service; 0 ends the trial. */
  tryModel(version: string, body: CanaryRequest, options?: CallOptions): Promise<ModelVersion>;
  /** Never use a version again; one in service leaves service. */
  withdrawModel(
    version: string,
    body: WithdrawRequest,
    options?: CallOptions,
  ): Promise<ModelVersion>;
}

export interface PredictionsCalls {
  /** Every shopper, in order of their ids. */
  listPredictions(
    query?: {
      readonly after?: string | undefined;
      readonly limit?: number | undefined;
    },
    options?: CallOptions,
  ): Promise<PredictPage>;
  /**
   * What one shopper will probably do next, and why. Chances are calibrated. With `explain`, each
   * says which events moved it; the parts add up to the probability less the usual one.
   */
  predict(body: PredictRequest, options?: CallOptions): Promise<PredictDecision>;
  /**
   * How the predictions on record came true. Each is held against what its shopper did
   * afterwards, once the time it looked ahead is over. Of all versions it is told again for a
   * minute, for an hour while it is counted anew. `POST /v1/predictions/record` puts predictions
   * on record.
   */
  predictOutcomes(
    query?: {
      /** Of one version; without it, of all */
      readonly model?: string | undefined;
    },
    options?: CallOptions,
  ): Promise<PredictOutcomes>;
  /** How right the model in service was: calibration, lift and gain, by head and segment. */
  predictReport(options?: CallOptions): Promise<PredictReport>;
  /**
   * What each segment of shoppers is expected to do. Counted over everybody, as of `asOf`: told
   * again for a minute, for an hour while it is counted anew.
   */
  predictSegments(options?: CallOptions): Promise<SegmentForecasts>;
  /**
   * Write what is expected of every shopper into the log. One `prediction` event a shopper, as of
   * now; `GET /v1/predictions/outcomes` says later how they came true. Answers 202 with the job
   * and its Location, or 200 when `Prefer: wait=seconds` is sent and the job ends in time.
   */
  recordPredictions(body: RecordPredictionsRequest, options?: CallOptions): Promise<Job>;
  /**
   * Train a new version of what predicts. Answers 202 with the job and its Location, or 200 when
   * `Prefer: wait=seconds` is sent and the job ends in time.
   */
  trainPredictions(body: TrainPredictRequest, options?: CallOptions): Promise<Job>;
}

export interface QuarantineCalls {
  /** Give up what was refused. */
  discardQuarantine(
    body: DiscardRequest,
    options?: CallOptions,
  ): Promise<{
    readonly discarded: number;
  }>;
  /** What was refused from files, with the reason. */
  listQuarantine(
    query?: {
      readonly limit?: number | undefined;
      /** `next` of the page before */
      readonly cursor?: string | undefined;
    },
    options?: CallOptions,
  ): Promise<{
    readonly rows: readonly Quarantined[];
    /** Cursor of the next page; null on the last */
    readonly next: string | null;
  }>;
  /** Try again what was refused; all of it when no ids are given. */
  replayQuarantine(body: ReplayRequest, options?: CallOptions): Promise<Replayed>;
}

export interface RecommendationsCalls {
  /** Why an item stands in a list, or why it does not. */
  explainRecommendation(body: ExplainRequest, options?: CallOptions): Promise<ItemExplanation>;
  /** The list under other rules, before they are saved. */
  previewRules(body: PreviewRequest, options?: CallOptions): Promise<RecommendPreview>;
  /**
   * Ask for a list. Send `request` of the answer back as `context.request` of the clicks and
   * purchases that follow. The list is logged as an exposure unless `record` is false, and never
   * for a user who is signed in: what they look at was shown to no shopper. `buy_again` needs a
   * secret key: it tells what a shopper bought.
   */
  recommend(body: RecommendRequest, options?: CallOptions): Promise<RecommendDecision>;
  /**
   * Ask for a list by its address alone. `buy_again` needs a secret key: it tells what a shopper
   * bought.
   */
  recommendOnSurface(
    surface: RecommendSurface,
    query?: {
      readonly shopper?: string | undefined;
      readonly anonymous?: string | undefined;
      /** Item ids with commas between */
      readonly items?: string | undefined;
      readonly exclude?: string | undefined;
      readonly limit?: number | undefined;
      readonly diversity?: number | undefined;
      readonly personalise?: "true" | "false" | undefined;
      readonly locale?: "en" | "zh" | undefined;
      readonly record?: "true" | "false" | undefined;
    },
    options?: CallOptions,
  ): Promise<RecommendDecision>;
}

export interface ReportsCalls {
  /**
   * Measure every method on the shop's own log. Answers 202 with the job and its Location, or 200
   * when `Prefer: wait=seconds` is sent and the job ends in time.
   */
  evaluate(body: EvaluateRequest, options?: CallOptions): Promise<Job>;
  /** The newest report. */
  getLatestReport(options?: CallOptions): Promise<Report>;
  /** One report. */
  getReport(report: string, options?: CallOptions): Promise<Report>;
  /** Reports of evaluations, newest first. */
  listReports(options?: CallOptions): Promise<{
    readonly rows: readonly ReportSummary[];
    /** Cursor of the next page; null on the last */
    readonly next: string | null;
  }>;
}

export interface RetentionCalls {
  /**
   * Let go of what is too old by the rules, now; cannot be undone. Answers 202 with the job,
   * whose result is a certificate, or null when nothing was too old.
   */
  applyRetention(options?: CallOptions): Promise<Job>;
  /** Change the rules; they are applied once a day, and when asked for. */
  changeRetention(body: RetentionChange, options?: CallOptions): Promise<Retention>;
  /** How long events are kept, and what is allowed to who was not asked. */
  getRetention(options?: CallOptions): Promise<Retention>;
  /** What was let go of, newest first. */
  listRetentionCertificates(
    query?: {
      readonly limit?: number | undefined;
    },
    options?: CallOptions,
  ): Promise<{
    readonly rows: readonly RetentionCertificate[];
    /** Cursor of the next page; null on the last */
    readonly next: string | null;
  }>;
  /** How many events a change of the rules would let go of; nothing is changed. */
  previewRetention(body: RetentionChange, options?: CallOptions): Promise<RetentionPreview>;
}

export interface RulesCalls {
  /** One version of the rules. */
  getRuleVersion(version: number, options?: CallOptions): Promise<RuleSet>;
  /** The rules in force. */
  getRules(options?: CallOptions): Promise<RuleSet>;
  /** Former versions of the rules, newest first. */
  listRuleVersions(
    query?: {
      readonly limit?: number | undefined;
    },
    options?: CallOptions,
  ): Promise<{
    readonly rows: readonly RuleSet[];
    readonly next: null;
  }>;
  /** Add or replace one rule. */
  putRule(
    body: RuleInput,
    query?: {
      /** Version that the writer saw; another one is a conflict */
      readonly expect?: number | undefined;
    },
    options?: CallOptions,
  ): Promise<RuleSet>;
  /** Remove one rule. */
  removeRule(
    rule: string,
    query?: {
      /** Version that the writer saw; another one is a conflict */
      readonly expect?: number | undefined;
    },
    options?: CallOptions,
  ): Promise<RuleSet>;
  /** Make an old version the newest again. */
  restoreRuleVersion(version: number, options?: CallOptions): Promise<RuleSet>;
}

export interface SessionCalls {
  /** Change one's own password; every other session of the user ends. */
  changePassword(body: PasswordChange, options?: CallOptions): Promise<Session>;
  /** Who is signed in, and what they may see. */
  getSession(options?: CallOptions): Promise<Session>;
  /** Sign in with name and password; the answer sets the cookie of the session. */
  signIn(body: SignIn, options?: CallOptions): Promise<Session>;
  /** Sign out. */
  signOut(options?: CallOptions): Promise<void>;
}

export interface ShoppersCalls {
  /**
   * Erase a shopper from the log and all that is derived. The certificate proves the erasure
   * without keeping who it was of.
   */
  eraseShopper(shopper: string, options?: CallOptions): Promise<ErasureCertificate>;
  /** What is known of a shopper, with the timeline. */
  getShopper(
    shopper: string,
    query?: {
      readonly limit?: number | undefined;
    },
    options?: CallOptions,
  ): Promise<ShopperProfile>;
  /** Shoppers, latest here first. */
  listShoppers(
    query?: {
      readonly limit?: number | undefined;
      /** `next` of the page before */
      readonly cursor?: string | undefined;
      /** Letters that the id must hold, in any case */
      readonly q?: string | undefined;
    },
    options?: CallOptions,
  ): Promise<{
    readonly rows: readonly ShopperSummary[];
    /** Cursor of the next page; null on the last */
    readonly next: string | null;
  }>;
  /** Give all that an anonymous id did to a shopper. */
  mergeShopper(body: MergeRequest, options?: CallOptions): Promise<Merged>;
}

export interface ShopsCalls {
  /** Open a shop, unless it is there. */
  createShop(body: NewShop, options?: CallOptions): Promise<Shop>;
  /**
   * The shop on one page: trade, lists, health, and what needs attention. Today and the days
   * before it, in UTC. At most five seconds old.
   */
  getOverview(
    query?: {
      readonly days?: number | undefined;
    },
    options?: CallOptions,
  ): Promise<Overview>;
  /** The eight stages from an event to the next list: counts, last runs, what runs now. */
  getPipeline(options?: CallOptions): Promise<Pipeline>;
  /** How the shop stands: events, items, model, freshness. */
  getStatus(options?: CallOptions): Promise<ShopStatus>;
  /** The shops of the installation. */
  listShops(options?: CallOptions): Promise<{
    readonly rows: readonly Shop[];
    /** Cursor of the next page; null on the last */
    readonly next: string | null;
  }>;
}

export interface UsersCalls {
  /**
   * Change what a user may do, or give them a new password. With a new password every session of
   * the user ends. An owner always remains.
   */
  changeUser(user: string, body: UserChange, options?: CallOptions): Promise<NewUser>;
  /** Add a user; the password is made up here and shown this once. */
  createUser(body: NewUserRequest, options?: CallOptions): Promise<NewUser>;
  /** Who may sign in. */
  listUsers(options?: CallOptions): Promise<{
    readonly rows: readonly User[];
    /** Cursor of the next page; null on the last */
    readonly next: string | null;
  }>;
  /** Remove a user, and end their sessions. */
  removeUser(user: string, options?: CallOptions): Promise<User>;
}

export interface WebhooksCalls {
  /** Change the address, what is told there, or whether anything is. */
  changeWebhook(webhook: string, body: WebhookChange, options?: CallOptions): Promise<Webhook>;
  /**
   * Tell an address what happens from now on; its secret is shown this once. Each delivery is
   * signed as Standard Webhooks are, and sent until it is answered by 2xx.
   */
  createWebhook(body: NewWebhookRequest, options?: CallOptions): Promise<NewWebhook>;
  /** What was told and what waits, newest first. */
  listWebhookDeliveries(
    webhook: string,
    query?: {
      readonly limit?: number | undefined;
      /** `next` of the page before */
      readonly cursor?: string | undefined;
    },
    options?: CallOptions,
  ): Promise<{
    readonly rows: readonly WebhookDelivery[];
    /** Cursor of the next page; null on the last */
    readonly next: string | null;
  }>;
  /** Addresses that are told what happens, with what signs masked. */
  listWebhooks(options?: CallOptions): Promise<{
    readonly rows: readonly Webhook[];
    /** Cursor of the next page; null on the last */
    readonly next: string | null;
  }>;
  /** Tell an address nothing any more; what waits for it is dropped. */
  removeWebhook(webhook: string, options?: CallOptions): Promise<Webhook>;
  /** A new secret, shown this once; the one before signs beside it for a day. */
  renewWebhookSecret(webhook: string, options?: CallOptions): Promise<NewWebhook>;
  /** Send a delivery once more, under the same id. */
  repeatWebhookDelivery(
    webhook: string,
    delivery: string,
    options?: CallOptions,
  ): Promise<WebhookDelivery>;
  /** Send a test, once, and answer what came of it. */
  testWebhook(webhook: string, options?: CallOptions): Promise<WebhookDelivery>;
}

/** One property for each subject of the API. */
export interface Subjects {
  readonly audit: AuditCalls;
  readonly events: EventsCalls;
  readonly experiments: ExperimentsCalls;
  readonly health: HealthCalls;
  readonly importAndExport: ImportAndExportCalls;
  readonly installation: InstallationCalls;
  readonly items: ItemsCalls;
  readonly jobs: JobsCalls;
  readonly keys: KeysCalls;
  readonly live: LiveCalls;
  readonly models: ModelsCalls;
  readonly predictions: PredictionsCalls;
  readonly quarantine: QuarantineCalls;
  readonly recommendations: RecommendationsCalls;
  readonly reports: ReportsCalls;
  readonly retention: RetentionCalls;
  readonly rules: RulesCalls;
  readonly session: SessionCalls;
  readonly shoppers: ShoppersCalls;
  readonly shops: ShopsCalls;
  readonly users: UsersCalls;
  readonly webhooks: WebhooksCalls;
}
