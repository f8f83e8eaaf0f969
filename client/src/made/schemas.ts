/** Made of test/openapi.json by scripts/client-types.ts; not to be edited. */

export type ProblemCode =
  | "invalid-request"
  | "invalid-event"
  | "invalid-item"
  | "invalid-picture"
  | "invalid-file"
  | "invalid-model-file"
  | "invalid-config"
  | "invalid-rule"
  | "not-authenticated"
  | "wrong-password"
  | "not-allowed"
  | "password-change-required"
  | "foreign-request"
  | "not-found"
  | "unknown-item"
  | "unknown-picture"
  | "unknown-shopper"
  | "unknown-shop"
  | "unknown-job"
  | "unknown-model"
  | "unknown-rule"
  | "unknown-experiment"
  | "unknown-report"
  | "unknown-request"
  | "unknown-key"
  | "unknown-webhook"
  | "unknown-delivery"
  | "unknown-user"
  | "unknown-dataset"
  | "method-not-allowed"
  | "conflict"
  | "already-running"
  | "too-large"
  | "wrong-media-type"
  | "too-little-data"
  | "diverged"
  | "no-model"
  | "needs-full-training"
  | "not-exportable"
  | "not-compressible"
  | "stale-model"
  | "too-many-requests"
  | "limit-reached"
  | "cancelled"
  | "overloaded"
  | "timed-out"
  | "not-ready"
  | "storage-full"
  | "storage-locked"
  | "storage-damaged"
  | "internal-error"
  | "missing-data";

export type EventName =
  | "page_view"
  | "list_view"
  | "list_click"
  | "search"
  | "item_view"
  | "wishlist_add"
  | "wishlist_remove"
  | "cart_add"
  | "cart_remove"
  | "cart_view"
  | "checkout_start"
  | "checkout_step"
  | "purchase"
  | "refund"
  | "order_cancel"
  | "order_update"
  | "promotion_view"
  | "promotion_click"
  | "coupon"
  | "review"
  | "share"
  | "identify"
  | "merge"
  | "consent"
  | "exposure"
  | "prediction";

export type RecommendSurface =
  | "home"
  | "similar"
  | "bought_together"
  | "cart"
  | "session"
  | "popular"
  | "buy_again";

export interface Attention {
  readonly code:
    | "no-items"
    | "no-events"
    | "silent-hours"
    | "no-model"
    | "old-model-days"
    | "quarantined"
    | "job-failed"
    | "webhook-parked"
    | "wrong-in-lists"
    | "without-picture"
    | "without-price"
    | "out-of-stock"
    | "disk-free-bytes";
  readonly level: "act" | "look";
  /** Items, rows, deliveries, places, days, hours or bytes, as the code says */
  readonly count: number;
  /** Ids of items, jobs or deliveries; at most 5 */
  readonly examples: readonly string[];
}

export interface AuditEntry {
  readonly id: string;
  readonly at: number;
  /** Id of the key, or `user:` and the name */
  readonly who: string;
  /** Empty for what is of the installation */
  readonly shop: string;
  /** Name of the operation in this document */
  readonly route: string;
  /** What was changed */
  readonly target: string | null;
  /** What was asked for, without secrets and cut short */
  readonly detail: string;
  readonly outcome: "done" | "refused";
  readonly address: string;
}

export interface BackupRequest {
  readonly folder: string;
}

export interface CanaryRequest {
  readonly share: number;
}

export interface CatalogueItem {
  readonly item: string;
  readonly group: string;
  readonly title: {
    readonly en?: string | undefined;
    readonly zh?: string | undefined;
  };
  readonly description?:
    | {
        readonly en?: string | undefined;
        readonly zh?: string | undefined;
      }
    | undefined;
  readonly brand?: string | undefined;
  readonly seller?: string | undefined;
  readonly supplier?: string | undefined;
  readonly categories: readonly string[];
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
  readonly images: readonly string[];
  readonly link?: string | undefined;
  readonly priceMinor?: number | undefined;
  readonly salePriceMinor?: number | undefined;
  readonly costMinor?: number | undefined;
  readonly currency?: string | undefined;
  readonly stock?: number | undefined;
  readonly availability: "in_stock" | "out_of_stock" | "preorder" | "backorder";
  readonly hidden: boolean;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly extra?: Readonly<Record<string, unknown>> | undefined;
}

export interface CompressModelRequest {
  readonly method: "int8" | "prune" | "pq" | "distill";
  /** Largest share of NDCG@10 or HR@10 that may be lost, else no version is made */
  readonly dropMost?: number | undefined;
  /** By prune: of the numbers, those that are left out */
  readonly share?: number | undefined;
  /** By pq: how many times smaller the item table becomes, but for its centres */
  readonly times?: 8 | 16 | 32 | undefined;
  /** By distill: how far what the teacher says is softened */
  readonly temperature?: number | undefined;
}

export interface CompressionReport {
  readonly method: "int8" | "prune" | "pq" | "distill";
  readonly share: number;
  readonly times: 8 | 16 | 32;
  readonly temperature: number;
  readonly dropMost: number;
  /** The version it was made of */
  readonly of: string;
  readonly bytes: {
    readonly before: number;
    readonly after: number;
  };
  readonly latencyMs: {
    readonly before: number;
    readonly after: number;
  };
  readonly ndcg10: {
    readonly before: number;
    readonly after: number;
  };
  readonly hitRate10: {
    readonly before: number;
    readonly after: number;
  };
  /** Held-out actions that were asked for */
  readonly cases: number;
  /** The larger of the shares lost of NDCG@10 and HR@10 */
  readonly drop: number;
  readonly passed: boolean;
}

export interface Computing {
  /** The setting compute.provider */
  readonly asked: "cpu" | "wasm" | "webgpu" | "cuda";
  readonly inUse: "cpu" | "wasm" | "webgpu" | "cuda";
  /** Passed over, in the order in which they were tried */
  readonly fallbacks: readonly {
    readonly provider: "cpu" | "wasm" | "webgpu" | "cuda";
    readonly why: string;
    readonly remedy: string;
  }[];
  readonly threads: number;
}

export type Condition =
  | {
      readonly all: readonly ConditionOfDepth5[];
    }
  | {
      readonly any: readonly ConditionOfDepth5[];
    }
  | {
      readonly not: ConditionOfDepth5;
    }
  | {
      readonly field: string;
      readonly is: "eq" | "ne" | "lt" | "le" | "gt" | "ge" | "in" | "contains" | "exists";
      readonly value?: string | number | boolean | readonly (string | number)[] | undefined;
    };

export type ConditionInput =
  | {
      readonly all: readonly ConditionOfDepth5Input[];
    }
  | {
      readonly any: readonly ConditionOfDepth5Input[];
    }
  | {
      readonly not: ConditionOfDepth5Input;
    }
  | {
      readonly field: string;
      readonly is: "eq" | "ne" | "lt" | "le" | "gt" | "ge" | "in" | "contains" | "exists";
      readonly value?: string | number | boolean | readonly (string | number)[] | undefined;
    };

export interface ConditionOfDepth1 {
  readonly field: string;
  readonly is: "eq" | "ne" | "lt" | "le" | "gt" | "ge" | "in" | "contains" | "exists";
  readonly value?: string | number | boolean | readonly (string | number)[] | undefined;
}

export interface ConditionOfDepth1Input {
  readonly field: string;
  readonly is: "eq" | "ne" | "lt" | "le" | "gt" | "ge" | "in" | "contains" | "exists";
  readonly value?: string | number | boolean | readonly (string | number)[] | undefined;
}

export type ConditionOfDepth2 =
  | {
      readonly all: readonly ConditionOfDepth1[];
    }
  | {
      readonly any: readonly ConditionOfDepth1[];
    }
  | {
      readonly not: ConditionOfDepth1;
    }
  | {
      readonly field: string;
      readonly is: "eq" | "ne" | "lt" | "le" | "gt" | "ge" | "in" | "contains" | "exists";
      readonly value?: string | number | boolean | readonly (string | number)[] | undefined;
    };

export type ConditionOfDepth2Input =
  | {
      readonly all: readonly ConditionOfDepth1Input[];
    }
  | {
      readonly any: readonly ConditionOfDepth1Input[];
    }
  | {
      readonly not: ConditionOfDepth1Input;
    }
  | {
      readonly field: string;
      readonly is: "eq" | "ne" | "lt" | "le" | "gt" | "ge" | "in" | "contains" | "exists";
      readonly value?: string | number | boolean | readonly (string | number)[] | undefined;
    };

export type ConditionOfDepth3 =
  | {
      readonly all: readonly ConditionOfDepth2[];
    }
  | {
      readonly any: readonly ConditionOfDepth2[];
    }
  | {
      readonly not: ConditionOfDepth2;
    }
  | {
      readonly field: string;
      readonly is: "eq" | "ne" | "lt" | "le" | "gt" | "ge" | "in" | "contains" | "exists";
      readonly value?: string | number | boolean | readonly (string | number)[] | undefined;
    };

export type ConditionOfDepth3Input =
  | {
      readonly all: readonly ConditionOfDepth2Input[];
    }
  | {
      readonly any: readonly ConditionOfDepth2Input[];
    }
  | {
      readonly not: ConditionOfDepth2Input;
    }
  | {
      readonly field: string;
      readonly is: "eq" | "ne" | "lt" | "le" | "gt" | "ge" | "in" | "contains" | "exists";
      readonly value?: string | number | boolean | readonly (string | number)[] | undefined;
    };

export type ConditionOfDepth4 =
  | {
      readonly all: readonly ConditionOfDepth3[];
    }
  | {
      readonly any: readonly ConditionOfDepth3[];
    }
  | {
      readonly not: ConditionOfDepth3;
    }
  | {
      readonly field: string;
      readonly is: "eq" | "ne" | "lt" | "le" | "gt" | "ge" | "in" | "contains" | "exists";
      readonly value?: string | number | boolean | readonly (string | number)[] | undefined;
    };

export type ConditionOfDepth4Input =
  | {
      readonly all: readonly ConditionOfDepth3Input[];
    }
  | {
      readonly any: readonly ConditionOfDepth3Input[];
    }
  | {
      readonly not: ConditionOfDepth3Input;
    }
  | {
      readonly field: string;
      readonly is: "eq" | "ne" | "lt" | "le" | "gt" | "ge" | "in" | "contains" | "exists";
      readonly value?: string | number | boolean | readonly (string | number)[] | undefined;
    };

export type ConditionOfDepth5 =
  | {
      readonly all: readonly ConditionOfDepth4[];
    }
  | {
      readonly any: readonly ConditionOfDepth4[];
    }
  | {
      readonly not: ConditionOfDepth4;
    }
  | {
      readonly field: string;
      readonly is: "eq" | "ne" | "lt" | "le" | "gt" | "ge" | "in" | "contains" | "exists";
      readonly value?: string | number | boolean | readonly (string | number)[] | undefined;
    };

export type ConditionOfDepth5Input =
  | {
      readonly all: readonly ConditionOfDepth4Input[];
    }
  | {
      readonly any: readonly ConditionOfDepth4Input[];
    }
  | {
      readonly not: ConditionOfDepth4Input;
    }
  | {
      readonly field: string;
      readonly is: "eq" | "ne" | "lt" | "le" | "gt" | "ge" | "in" | "contains" | "exists";
      readonly value?: string | number | boolean | readonly (string | number)[] | undefined;
    };

export interface DiscardRequest {
  readonly ids: readonly string[];
}

export interface ErasureCertificate {
  readonly id: string;
  readonly at: number;
  /** SHA-256 of shop and shopper id with the salt */
  readonly subject: string;
  readonly salt: string;
  readonly events: number;
  readonly aliases: number;
  readonly derived: readonly string[];
}

export interface EvaluateRequest {
  readonly split?: "leave_one_out" | "global_time" | "last_days" | undefined;
  /** Measure so many parts of the past in place of `split`, each with a model of its own */
  readonly folds?:
    | {
        readonly by: "shopper" | "time";
        readonly count: number;
      }
    | undefined;
  readonly testDays?: number | undefined;
  readonly ks?: readonly number[] | undefined;
  readonly filterSeen?: boolean | undefined;
  readonly casesMax?: number | undefined;
  readonly seed?: number | undefined;
}

export interface EventBatch {
  readonly events: readonly EventInput[];
}

export interface EventInput {
  readonly eventId?: string | undefined;
  readonly shopper?: string | undefined;
  readonly anonymous?: string | undefined;
  readonly session?: string | undefined;
  readonly at?: number | undefined;
  readonly name: EventName;
  readonly items?:
    | readonly {
        readonly item: string;
        readonly quantity?: number | undefined;
        readonly unitPriceMinor?: number | undefined;
        readonly position?: number | undefined;
        readonly propensity?: number | undefined;
      }[]
    | undefined;
  readonly context?:
    | {
        readonly surface?:
          | "home"
          | "category"
          | "item"
          | "similar"
          | "bought_together"
          | "cart"
          | "session"
          | "search"
          | "popular"
          | "buy_again"
          | "checkout"
          | "email"
          | "other"
          | undefined;
        readonly list?: string | undefined;
        readonly request?: string | undefined;
        readonly query?: string | undefined;
        readonly page?: string | undefined;
        readonly referrer?: string | undefined;
        readonly device?: "desktop" | "phone" | "tablet" | "app" | "other" | undefined;
        readonly locale?: string | undefined;
        readonly country?: string | undefined;
        readonly experiment?: string | undefined;
        readonly campaign?: string | undefined;
        readonly order?: string | undefined;
        readonly coupon?: string | undefined;
        readonly rating?: number | undefined;
        readonly text?: string | undefined;
        readonly consent?:
          | {
              readonly measure: boolean;
              readonly personalise: boolean;
            }
          | undefined;
      }
    | undefined;
  readonly valueMinor?: number | undefined;
  readonly currency?: string | undefined;
  readonly properties?: Readonly<Record<string, unknown>> | undefined;
}

export interface EventsTaken {
  /** New events written */
  readonly accepted: number;
  /** Events that had been taken before: nothing changed */
  readonly duplicates: number;
  /** Events left out because their shopper did not consent */
  readonly withheld: number;
  readonly rejected: readonly Rejected[];
}

export interface Experiment {
  readonly trial: Trial;
  /** Counted is what happened before, epoch ms */
  readonly until: number;
  readonly clickDays: number;
  readonly control: TrialArm;
  readonly treatment: TrialArm;
  readonly measures: readonly TrialMeasure[];
  /** Whether shoppers fell on the versions as drawn; else believe no number */
  readonly balance: {
    readonly share: number;
    readonly expectedShare: number;
    readonly chiSquare: number;
    readonly p: number;
    readonly good: boolean;
  };
  /** Shoppers to whom both answered: ids that turned out to be one's */
  readonly mixed: number;
  /** Lists for nobody known; they are in no count */
  readonly unknownLists: number;
  readonly confidence: number;
  readonly effect: number;
}

export interface ExplainRequest {
  readonly request: RecommendRequest;
  readonly item: string;
}

export interface ExportModelRequest {
  readonly folder: string;
}

export interface Freshness {
  /** From the receipt of events until the next answer knows of them */
  readonly events: {
    readonly count: number;
    readonly lastMs: number;
    readonly p50Ms: number;
    readonly p99Ms: number;
  } | null;
  readonly eventsGoalMs: number;
  /** From a new group in the catalogue until a list can hold it, had somebody asked at once */
  readonly newcomers: {
    readonly count: number;
    readonly lastMs: number;
    readonly p50Ms: number;
    readonly p99Ms: number;
  } | null;
  readonly newcomersGoalMs: number;
  /** From the receipt of a picture until lists know what it looks like */
  readonly pictures: {
    readonly count: number;
    readonly lastMs: number;
    readonly p50Ms: number;
    readonly p99Ms: number;
  } | null;
  readonly picturesGoalMs: number;
  /** Whether lists kept what was acknowledged of price, stock and sight */
  readonly held: {
    /** Lists that left since the start */
    readonly lists: number;
    /** Places in them whose item was changed before it was asked for: all were compared */
    readonly places: number;
    /** Places with an old price, or with what was hidden, sold out or gone; never any */
    readonly wrong: number;
    /** The newest item that was shown wrong */
    readonly wrongItem: string | null;
  };
}

export interface Funnel {
  readonly visited: number;
  readonly viewed: number;
  readonly carted: number;
  readonly bought: number;
}

export interface Health {
  readonly status: "ok";
}

export interface ImportModelRequest {
  readonly folder: string;
  readonly promote?: boolean | undefined;
}

export interface ImportReport {
  readonly source: string;
  readonly rows: number;
  readonly events: number;
  readonly items: number;
  readonly duplicates: number;
  readonly quarantined: number;
  /** Rows left out by the protocol of a data set */
  readonly skipped: number;
  /** Events left out because their shopper did not consent */
  readonly withheld: number;
  readonly seconds: number;
  readonly resumed: boolean;
}

export interface ImportRequest {
  readonly source: string;
  readonly from: string;
  readonly mapping?: string | undefined;
}

export interface ItemBatch {
  readonly items: readonly ItemInput[];
}

export interface ItemExplanation {
  readonly item: string;
  readonly group: string;
  readonly title: string;
  readonly shown: boolean;
  readonly rank: number | null;
  readonly score: number | null;
  readonly sources: Readonly<Record<string, number>>;
  readonly because: readonly {
    readonly item: string;
    readonly title: string;
    readonly source:
      | "popularity"
      | "markov"
      | "item_knn"
      | "session_knn"
      | "ease"
      | "als"
      | "bought_together"
      | "content"
      | "personal"
      | "behaviour"
      | "looks";
    readonly share: number;
  }[];
  readonly stages: readonly {
    readonly stage: string;
    readonly verdict: string;
    readonly passed: boolean;
  }[];
}

export interface ItemInput {
  readonly item: string;
  readonly group?: string | undefined;
  readonly title:
    | string
    | {
        readonly en?: string | undefined;
        readonly zh?: string | undefined;
      };
  readonly description?:
    | string
    | {
        readonly en?: string | undefined;
        readonly zh?: string | undefined;
      }
    | undefined;
  readonly brand?: string | undefined;
  readonly seller?: string | undefined;
  readonly supplier?: string | undefined;
  readonly categories?: readonly string[] | undefined;
  readonly attributes?: Readonly<Record<string, string | number | boolean>> | undefined;
  readonly images?: readonly string[] | undefined;
  readonly link?: string | undefined;
  readonly priceMinor?: number | undefined;
  readonly salePriceMinor?: number | undefined;
  readonly costMinor?: number | undefined;
  readonly currency?: string | undefined;
  readonly stock?: number | undefined;
  readonly availability?: "in_stock" | "out_of_stock" | "preorder" | "backorder" | undefined;
  readonly hidden?: boolean | undefined;
  readonly createdAt?: number | undefined;
  readonly extra?: Readonly<Record<string, unknown>> | undefined;
}

export interface ItemInsights {
  readonly group: string;
  readonly variants: readonly string[];
  readonly since: number;
  readonly currency: string | null;
  readonly days: readonly {
    readonly day: number;
    readonly exposures: number;
    readonly clicks: number;
    readonly views: number;
    readonly cartAdds: number;
    readonly bought: number;
    readonly revenueMinor: number;
  }[];
  readonly people: {
    readonly viewers: number;
    readonly buyers: number;
    readonly repeatBuyers: number;
  };
  /** Who bought last first, at most twenty */
  readonly buyers: readonly {
    readonly shopper: string;
    readonly orders: number;
    readonly pieces: number;
    readonly lastAt: number;
  }[];
}

export interface ItemPatch {
  readonly priceMinor?: number | undefined;
  readonly salePriceMinor?: number | null | undefined;
  readonly stock?: number | undefined;
  readonly hidden?: boolean | undefined;
  readonly availability?: "in_stock" | "out_of_stock" | "preorder" | "backorder" | undefined;
  readonly [name: string]: unknown;
}

export interface ItemsTaken {
  readonly upserted: number;
  readonly unchanged: number;
  readonly rejected: readonly Rejected[];
}

export interface Job {
  readonly id: string;
  readonly shop: string;
  readonly kind: string;
  readonly payload: unknown;
  readonly state: "queued" | "running" | "done" | "failed" | "cancelled";
  readonly progress: {
    readonly stage: string;
    readonly done: number;
    readonly total: number | null;
    readonly unit: string;
    readonly note?: string | undefined;
    /** What was measured so far, such as the losses of each epoch */
    readonly measured?:
      | readonly {
          readonly run: string;
          readonly step: number;
          readonly values: Readonly<Record<string, number>>;
        }[]
      | undefined;
  };
  readonly createdAt: number;
  readonly startedAt: number | null;
  readonly endedAt: number | null;
  readonly result: unknown;
  readonly error: {
    readonly code: string;
    readonly detail: string;
  } | null;
}

export interface Key {
  readonly id: string;
  readonly role: "publishable" | "secret" | "owner";
  readonly shop: string | null;
  readonly name: string;
  readonly masked: string;
  readonly createdAt: number;
  readonly lastUsedDay: string | null;
  readonly revokedAt: number | null;
}

export interface LinesTaken {
  readonly lines: number;
  /** New events written */
  readonly events: number;
  /** Items added or changed */
  readonly items: number;
  /** Lines that changed nothing */
  readonly duplicates: number;
  readonly rejected: number;
  /** The first 1 000 */
  readonly rejections: readonly {
    readonly line: number;
    readonly code: ProblemCode;
    readonly detail: string;
    readonly errors: readonly {
      readonly pointer: string;
      readonly detail: string;
    }[];
    readonly remedy: string;
  }[];
}

export interface LiveEvent {
  readonly eventId: string;
  readonly at: number;
  readonly receivedAt: number;
  readonly name: string;
  readonly shopper: string | null;
  readonly anonymous: string | null;
  /** The first, where there are more */
  readonly item: string | null;
  readonly items: number;
  readonly surface: string | null;
}

export interface LiveSnapshot {
  readonly at: number;
  readonly shop: string;
  /** Since the snapshot before; null in the first */
  readonly eventsPerSecond: number | null;
  /** Events that happened, as they came in, and lists answered in the last 15 minutes, the newest last */
  readonly minutes: readonly {
    readonly at: number;
    readonly events: number;
    readonly lists: number;
  }[];
  /** How late the process comes to its work, at most, of 99 % */
  readonly loopDelayMs: number;
  readonly rssBytes: number;
  /** Jobs that run or wait */
  readonly jobs: readonly Job[];
  /** At most 20, the newest first */
  readonly newest: readonly LiveEvent[];
  readonly model: {
    readonly version: string;
    readonly trainedAt: number;
  } | null;
  readonly lastEventAt: number | null;
}

export interface MergeRequest {
  readonly anonymous: string;
  readonly shopper: string;
}

export interface Merged {
  readonly person: string;
  readonly events: number;
}

export interface ModelVersion {
  readonly shop: string;
  readonly scenario: string;
  readonly version: string;
  readonly createdAt: number;
  readonly asOf: number;
  readonly seed: number;
  readonly params: unknown;
  readonly dataFingerprint: string;
  readonly blob: string;
  readonly bytes: number;
  readonly metrics: Readonly<Record<string, number>>;
  readonly fitSeconds: number;
  /** How it learned, epoch by epoch */
  readonly course?: readonly TrainingRun[] | undefined;
  /** What it cost to make it smaller than the version it was made of */
  readonly compression?: CompressionReport | undefined;
  /** The version it learned on from; absent where it learned everything anew */
  readonly onward?: OnwardFrom | undefined;
  readonly withdrawn?: string | undefined;
}

export interface NewKey {
  readonly key: Key;
  /** Shown this once */
  readonly secret: string;
}

export interface NewKeyRequest {
  readonly role: "publishable" | "secret" | "owner";
  readonly shop?: string | undefined;
  readonly name: string;
}

export interface NewShop {
  readonly id: string;
  readonly name?: string | undefined;
}

export interface NewUser {
  readonly user: User;
  /** Made up by the server, shown this once */
  readonly password: string | null;
}

export interface NewUserRequest {
  readonly name: string;
  readonly role: "owner" | "editor" | "viewer";
  /** The shops they may see; null is every one */
  readonly shops?: readonly string[] | null | undefined;
}

export interface NewWebhook {
  readonly webhook: Webhook;
  /** What deliveries are signed with; shown this once */
  readonly secret: string;
}

export interface NewWebhookRequest {
  /** https://…, of a host on the internet; on this machine http:// where it is allowed */
  readonly url: string;
  /** What is told there */
  readonly kinds: readonly (
    | "model.promoted"
    | "training.finished"
    | "training.failed"
    | "rules.changed"
    | "shopper.erased"
    | "attention.raised"
  )[];
}

export interface OnwardFrom {
  readonly version: string;
  /** Until when that version had learned, epoch ms */
  readonly since: number;
  /** Until when the last in its line had learned that learned everything anew, epoch ms */
  readonly anewAt: number;
  /** Actions of since that were learned from in a pass */
  readonly fresh: number;
  /** Older ones beside them, so that they are not forgotten */
  readonly older: number;
  /** 0 where none answered better than the weights it began with */
  readonly passes: number;
  /** Questions that both versions were asked */
  readonly cases: number;
  readonly ndcgBefore: number;
  readonly ndcg: number;
}

export interface Overview {
  readonly since: number;
  readonly until: number;
  readonly status: ShopStatus;
  /** Shoppers who came to this step or further */
  readonly funnel: Funnel;
  /** The same of as long a time before */
  readonly funnelBefore: Funnel;
  readonly lists: {
    readonly shown: number;
    readonly clicked: number;
  };
  /** How long after its click a purchase still counts */
  readonly clickDays: number;
  /** By day of UTC and currency */
  readonly taken: readonly {
    readonly day: number;
    readonly currency: string;
    readonly orders: number;
    readonly revenueMinor: number;
    /** Paid for items clicked in a list before */
    readonly throughMinor: number;
  }[];
  readonly freshness: Freshness;
  readonly health: {
    readonly warnings: number;
    readonly freeBytes: number;
    readonly usedBytes: number;
    readonly memoryBytes: number;
    readonly upSeconds: number;
  };
  readonly attention: readonly Attention[];
}

export interface PasswordChange {
  readonly current: string;
  readonly password: string;
}

export interface Picture {
  readonly group: string;
  /** Names this very picture */
  readonly version: string;
  /** Of what is kept, in pixels */
  readonly width: number;
  readonly height: number;
  readonly bytes: number;
  readonly at: number;
}

export interface Pipeline {
  readonly shop: string;
  readonly at: number;
  readonly stages: readonly PipelineStage[];
  /** A training that was stopped on its way; train with `resume` goes on with it */
  readonly unfinished: {
    readonly at: number;
    readonly asOf: number;
    readonly measured: readonly {
      readonly run: string;
      readonly step: number;
      readonly values: Readonly<Record<string, number>>;
    }[];
  } | null;
}

export interface PipelineStage {
  readonly stage:
    | "collect"
    | "clean"
    | "features"
    | "design"
    | "train"
    | "evaluate"
    | "deploy"
    | "optimise";
  readonly state: "waiting" | "ready" | "running" | "amiss";
  readonly lastAt: number | null;
  /** How long its last run took, or the last import */
  readonly seconds: number | null;
  /** How long batches took to be durable (collect) or checked (clean), and runs of the projection (features): of the last thousand since the start; null before the first, and elsewhere */
  readonly lately: {
    readonly count: number;
    readonly lastMs: number;
    readonly p50Ms: number;
    readonly p99Ms: number;
  } | null;
  readonly counts: Readonly<Record<string, number>>;
  readonly word: string | null;
  /** What runs or waits now, else what failed last */
  readonly job: Job | null;
}

export interface PredictDecision {
  readonly request: string;
  readonly person: string | null;
  readonly segment:
    | "unknown"
    | "newcomer"
    | "looker"
    | "first_buyer"
    | "regular"
    | "slipping"
    | "gone";
  readonly chances: readonly {
    readonly head:
      | "purchase_session"
      | "purchase_7d"
      | "purchase_30d"
      | "churn"
      | "view_7d"
      | "review_30d"
      | "click_session"
      | "return_1d"
      | "return_7d"
      | "return_30d";
    readonly days: number | null;
    readonly probability: number;
    readonly usual: number;
    readonly voice: "network" | "trees" | "logistic" | "orders" | "rate";
    readonly reasons: readonly {
      readonly event: string;
      readonly group?: string | undefined;
      readonly at?: number | undefined;
      readonly part: number;
      readonly text: string;
    }[];
  }[];
  readonly value: {
    readonly days: number;
    readonly expectedMinor: number | null;
    readonly currency: string | null;
    readonly orders: number;
    readonly voice: "network" | "trees" | "logistic" | "orders" | "rate";
  } | null;
  readonly returns: {
    readonly medianDays: number | null;
    readonly horizonDays: number;
  } | null;
  readonly next: readonly {
    readonly action: string;
    readonly probability: number;
  }[];
  readonly model: string | null;
  readonly seed: number;
  readonly asOf: number;
  readonly notices: readonly string[];
}

export interface PredictOutcomes {
  readonly asOf: number;
  /** What each version has on record, the latest first */
  readonly models: readonly {
    readonly model: string;
    readonly recorded: number;
    readonly firstAt: number;
    readonly lastAt: number;
  }[];
  /** Predictions of which anything is known; by lot where there are more than the limit */
  readonly judged: number;
  readonly heads: readonly {
    readonly head:
      | "purchase_session"
      | "purchase_7d"
      | "purchase_30d"
      | "churn"
      | "view_7d"
      | "review_30d"
      | "click_session"
      | "return_1d"
      | "return_7d"
      | "return_30d";
    readonly days: number;
    /** Predictions whose time is over */
    readonly cases: number;
    readonly happened: number;
    /** Sum of their chances */
    readonly expected: number;
    /** Null below a hundred cases, or where all ended alike */
    readonly judged: {
      readonly overall: {
        readonly cases: number;
        readonly rate: number;
        readonly said: number;
        readonly auc: number;
        readonly logLoss: number;
        readonly brier: number;
        readonly ece: number;
      };
      readonly segments: Readonly<
        Record<
          string,
          {
            readonly cases: number;
            readonly rate: number;
            readonly said: number;
            readonly auc: number;
            readonly logLoss: number;
            readonly brier: number;
            readonly ece: number;
          }
        >
      >;
    } | null;
    readonly lift: readonly {
      readonly share: number;
      readonly cases: number;
      readonly happened: number;
      readonly rate: number;
      readonly lift: number;
      readonly gain: number;
      readonly said: number;
    }[];
  }[];
  readonly values: readonly {
    readonly days: number;
    readonly cases: number;
    readonly currency: string;
    readonly expectedMinor: number;
    readonly paidMinor: number;
    readonly gini: number;
  }[];
}

export interface PredictPage {
  readonly rows: readonly {
    readonly person: string;
    readonly segment:
      | "unknown"
      | "newcomer"
      | "looker"
      | "first_buyer"
      | "regular"
      | "slipping"
      | "gone";
    readonly chances: Readonly<Record<string, number>>;
    readonly expectedMinor: number | null;
    readonly currency: string | null;
  }[];
  /** Send it as `after` to go on */
  readonly next: string | null;
  readonly model: string;
  readonly asOf: number;
}

export interface PredictParams {
  readonly churnDays?: number | undefined;
  readonly valueDays?: number | undefined;
  readonly calendarMoments?: number | undefined;
  readonly visitMomentsMost?: number | undefined;
  readonly momentsMost?: number | undefined;
  readonly casesLeast?: number | undefined;
  readonly networkCasesLeast?: number | undefined;
  readonly width?: number | undefined;
  readonly blocks?: number | undefined;
  readonly length?: number | undefined;
  readonly epochsMost?: number | undefined;
  readonly treesMost?: number | undefined;
  readonly without?: readonly ("network" | "trees" | "logistic" | "orders" | "rate")[] | undefined;
}

export interface PredictReport {
  readonly model: string;
  readonly asOf: number;
  readonly protocol: {
    readonly seed: number;
    /** Of the moments of the past, by time: the first teach, */
    readonly learnShare: number;
    /** the next stop the training, */
    readonly stopShare: number;
    /** the next choose who speaks and make probabilities right in size, */
    readonly calibrateShare: number;
    /** and the last alone judge */
    readonly judgeShare: number;
    readonly bins: number;
    readonly segmentCasesLeast: number;
  };
  readonly heads: readonly {
    readonly head:
      | "purchase_session"
      | "purchase_7d"
      | "purchase_30d"
      | "churn"
      | "view_7d"
      | "review_30d"
      | "click_session"
      | "return_1d"
      | "return_7d"
      | "return_30d";
    readonly days: number | null;
    readonly voice: "network" | "trees" | "logistic" | "orders" | "rate";
    readonly calibration: string;
    readonly chosen: Readonly<Record<string, number>>;
    readonly learnedFrom: number;
    readonly judged: {
      readonly overall: {
        readonly cases: number;
        readonly rate: number;
        readonly said: number;
        readonly auc: number;
        readonly logLoss: number;
        readonly brier: number;
        readonly ece: number;
      };
      readonly segments: Readonly<
        Record<
          string,
          {
            readonly cases: number;
            readonly rate: number;
            readonly said: number;
            readonly auc: number;
            readonly logLoss: number;
            readonly brier: number;
            readonly ece: number;
          }
        >
      >;
    };
    readonly lift: readonly {
      readonly share: number;
      readonly cases: number;
      readonly happened: number;
      readonly rate: number;
      readonly lift: number;
      readonly gain: number;
      readonly said: number;
    }[];
  }[];
  readonly notes: readonly string[];
}

export interface PredictRequest {
  readonly shopper?: string | undefined;
  readonly anonymous?: string | undefined;
  readonly explain?: boolean | undefined;
  readonly locale?: "en" | "zh" | undefined;
}

export interface PreviewRequest {
  readonly request: RecommendRequest;
  readonly rules: readonly RuleInput[];
}

/** RFC 9457 problem. Every code is explained at its type. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly instance: string;
  readonly code: ProblemCode;
  readonly remedy: string;
  readonly errors?:
    | readonly {
        readonly pointer: string;
        readonly detail: string;
      }[]
    | undefined;
}

export interface Quarantined {
  readonly id: string;
  readonly source: string;
  readonly part: string;
  readonly line: number;
  readonly reason: string;
  readonly errors: readonly {
    readonly pointer: string;
    readonly detail: string;
  }[];
  readonly kind: "event" | "item" | "line";
  readonly input: unknown;
  readonly at: number;
}

export interface RecommendDecision {
  readonly request: string;
  readonly surface: RecommendSurface;
  readonly items: readonly {
    readonly item: string;
    readonly group: string;
    readonly position: number;
    readonly score: number;
    readonly sources: Readonly<Record<string, number>>;
    readonly propensity: number;
    readonly reasons: readonly {
      readonly code:
        | "because_you_viewed"
        | "because_you_bought"
        | "bought_together"
        | "similar_to"
        | "others_also_viewed"
        | "buy_again"
        | "seen_lately"
        | "popular"
        | "looks_like"
        | "new_here"
        | "chosen_by_shop"
        | "trying_out";
      readonly text: string;
      readonly items: readonly string[];
    }[];
    readonly rules: readonly string[];
    readonly title: string;
    readonly brand?: string | undefined;
    readonly priceMinor?: number | undefined;
    readonly currency?: string | undefined;
    /** The first that the catalogue names */
    readonly image?: string | undefined;
    /** The one that was uploaded: a path at this server, which needs no key */
    readonly picture?: string | undefined;
    readonly link?: string | undefined;
  }[];
  readonly model: string | null;
  readonly rules: number;
  readonly seed: number;
  readonly asOf: number;
  readonly notices: readonly string[];
}

export interface RecommendParams {
  readonly popularityHalfLifeDays?: number | undefined;
  readonly neighbours?: number | undefined;
  readonly easeItemsMax?: number | undefined;
  readonly easeRegularisation?: number | undefined;
  readonly alsFactors?: number | undefined;
  readonly alsIterations?: number | undefined;
  readonly supportMin?: number | undefined;
  readonly without?:
    | readonly (
        | "popularity"
        | "markov"
        | "item_knn"
        | "session_knn"
        | "ease"
        | "als"
        | "bought_together"
        | "content"
        | "personal"
        | "behaviour"
      )[]
    | undefined;
  readonly blendCasesMax?: number | undefined;
  readonly askRepeats?: boolean | undefined;
  readonly behaviour?:
    | {
        readonly architecture?:
          | "transformer"
          | "hstu"
          | "gru"
          | "lstm"
          | "cnn"
          | "perceptron"
          | undefined;
        readonly width?: number | undefined;
        readonly blocks?: number | undefined;
        readonly heads?: 1 | 2 | 4 | 8 | undefined;
        readonly length?: number | undefined;
        readonly dropout?: number | undefined;
        readonly learningRate?: number | undefined;
        readonly content?: boolean | undefined;
        readonly tells?: readonly ("gap" | "strength" | "time")[] | undefined;
        readonly epochsMost?: number | undefined;
        readonly actionsMost?: number | undefined;
      }
    | undefined;
}

export interface RecommendPreview {
  readonly now: RecommendDecision;
  readonly then: RecommendDecision;
  readonly effects: Readonly<Record<string, number>>;
  /** Proposed rules that are not in force on this surface now */
  readonly resting: readonly {
    readonly rule: string;
    readonly why: "off" | "elsewhere" | "early" | "over";
  }[];
  /** From the list without rules to the one with all, in the order of application */
  readonly steps: readonly RuleStep[];
}

export interface RecommendRequest {
  readonly surface: RecommendSurface;
  readonly shopper?: string | undefined;
  readonly anonymous?: string | undefined;
  readonly items?: readonly string[] | undefined;
  readonly limit?: number | undefined;
  readonly exclude?: readonly string[] | undefined;
  readonly where?: ConditionInput | undefined;
  readonly diversity?: number | undefined;
  readonly personalise?: boolean | undefined;
  readonly locale?: "en" | "zh" | undefined;
  readonly record?: boolean | undefined;
}

export interface RecordPredictionsRequest {
  /** Only shoppers of these; of all where none is named */
  readonly segments?:
    | readonly (
        | "unknown"
        | "newcomer"
        | "looker"
        | "first_buyer"
        | "regular"
        | "slipping"
        | "gone"
      )[]
    | undefined;
}

export interface Rejected {
  /** Place in the batch that was sent, from 0 */
  readonly index: number;
  readonly code: ProblemCode;
  readonly detail: string;
  readonly errors: readonly {
    readonly pointer: string;
    readonly detail: string;
  }[];
  readonly remedy: string;
}

export interface ReplayRequest {
  readonly ids?: readonly string[] | undefined;
}

export interface Replayed {
  readonly taken: number;
  readonly refused: number;
}

export interface Report {
  readonly id: string;
  readonly createdAt: number;
  readonly options: unknown;
  readonly result: unknown;
}

export interface ReportSummary {
  readonly id: string;
  readonly createdAt: number;
  readonly options: unknown;
}

export interface Retention {
  /** Days that events of known shoppers are kept; null: for ever */
  readonly shopperDays: number | null;
  /** Days that events of nobody known are kept; null: for ever */
  readonly anonymousDays: number | null;
  /** What who has said nothing allows, from now on */
  readonly consent: {
    readonly measure: boolean;
    readonly personalise: boolean;
  };
  /** When they were last applied to the end */
  readonly appliedAt: number | null;
}

export interface RetentionCertificate {
  readonly id: string;
  readonly at: number;
  readonly rules: {
    /** Days that events of known shoppers are kept; null: for ever */
    readonly shopperDays: number | null;
    /** Days that events of nobody known are kept; null: for ever */
    readonly anonymousDays: number | null;
  };
  readonly shopperEvents: number;
  readonly anonymousEvents: number;
  /** How many persons' events they were */
  readonly persons: number;
  /** Refused rows among what went */
  readonly quarantined?: number | undefined;
  /** When the oldest of them happened */
  readonly oldestAt: number;
  readonly newestAt: number;
  /** What they were taken out of */
  readonly derived: readonly string[];
  /** False when it was stopped before its end */
  readonly complete: boolean;
}

export interface RetentionChange {
  /** Days that events of known shoppers are kept; null: for ever */
  readonly shopperDays?: number | null | undefined;
  /** Days that events of nobody known are kept; null: for ever */
  readonly anonymousDays?: number | null | undefined;
  readonly consent?:
    | {
        readonly measure: boolean;
        readonly personalise: boolean;
      }
    | undefined;
}

export interface RetentionPreview {
  readonly at: number;
  readonly shoppers: {
    /** All there are */
    readonly events: number;
    /** Those that would go */
    readonly goes: number;
    /** When the oldest that goes happened */
    readonly oldestAt: number | null;
  };
  readonly anonymous: {
    /** All there are */
    readonly events: number;
    /** Those that would go */
    readonly goes: number;
    /** When the oldest that goes happened */
    readonly oldestAt: number | null;
  };
  /** Refused rows that may tell of a shopper, by the shorter rule */
  readonly quarantine: {
    /** All there are */
    readonly events: number;
    /** Those that would go */
    readonly goes: number;
    /** When the oldest that goes happened */
    readonly oldestAt: number | null;
  };
}

export interface RollbackRequest {
  readonly scenario: string;
}

export type Rule =
  | {
      readonly id: string;
      readonly note?: string | undefined;
      readonly enabled: boolean;
      readonly surfaces: readonly RecommendSurface[];
      readonly from?: number | undefined;
      readonly until?: number | undefined;
      readonly kind: "filter";
      readonly where: Condition;
    }
  | {
      readonly id: string;
      readonly note?: string | undefined;
      readonly enabled: boolean;
      readonly surfaces: readonly RecommendSurface[];
      readonly from?: number | undefined;
      readonly until?: number | undefined;
      readonly kind: "boost";
      readonly where: Condition;
      readonly factor: number;
    }
  | {
      readonly id: string;
      readonly note?: string | undefined;
      readonly enabled: boolean;
      readonly surfaces: readonly RecommendSurface[];
      readonly from?: number | undefined;
      readonly until?: number | undefined;
      readonly kind: "bury";
      readonly where: Condition;
      readonly factor: number;
    }
  | {
      readonly id: string;
      readonly note?: string | undefined;
      readonly enabled: boolean;
      readonly surfaces: readonly RecommendSurface[];
      readonly from?: number | undefined;
      readonly until?: number | undefined;
      readonly kind: "pin";
      readonly item: string;
      readonly position: number;
    }
  | {
      readonly id: string;
      readonly note?: string | undefined;
      readonly enabled: boolean;
      readonly surfaces: readonly RecommendSurface[];
      readonly from?: number | undefined;
      readonly until?: number | undefined;
      readonly kind: "cap";
      readonly by: "brand" | "category" | "seller";
      readonly most: number;
    };

export type RuleInput =
  | {
      readonly id: string;
      readonly note?: string | undefined;
      readonly enabled?: boolean | undefined;
      readonly surfaces?: readonly RecommendSurface[] | undefined;
      readonly from?: number | undefined;
      readonly until?: number | undefined;
      readonly kind: "filter";
      readonly where: ConditionInput;
    }
  | {
      readonly id: string;
      readonly note?: string | undefined;
      readonly enabled?: boolean | undefined;
      readonly surfaces?: readonly RecommendSurface[] | undefined;
      readonly from?: number | undefined;
      readonly until?: number | undefined;
      readonly kind: "boost";
      readonly where: ConditionInput;
      readonly factor: number;
    }
  | {
      readonly id: string;
      readonly note?: string | undefined;
      readonly enabled?: boolean | undefined;
      readonly surfaces?: readonly RecommendSurface[] | undefined;
      readonly from?: number | undefined;
      readonly until?: number | undefined;
      readonly kind: "bury";
      readonly where: ConditionInput;
      readonly factor: number;
    }
  | {
      readonly id: string;
      readonly note?: string | undefined;
      readonly enabled?: boolean | undefined;
      readonly surfaces?: readonly RecommendSurface[] | undefined;
      readonly from?: number | undefined;
      readonly until?: number | undefined;
      readonly kind: "pin";
      readonly item: string;
      readonly position: number;
    }
  | {
      readonly id: string;
      readonly note?: string | undefined;
      readonly enabled?: boolean | undefined;
      readonly surfaces?: readonly RecommendSurface[] | undefined;
      readonly from?: number | undefined;
      readonly until?: number | undefined;
      readonly kind: "cap";
      readonly by: "brand" | "category" | "seller";
      readonly most: number;
    };

export interface RuleSet {
  readonly version: number;
  readonly at: number;
  /** Id of the key, or `user:` and the name, that made the change */
  readonly by: string;
  readonly change: string;
  readonly rules: readonly Rule[];
}

export interface RuleStep {
  readonly rules: readonly string[];
  readonly changes: readonly {
    readonly item: string;
    readonly title: string;
    /** 0-based place before; null: not in the list */
    readonly from: number | null;
    /** 0-based place after; null: no longer in the list */
    readonly to: number | null;
    /** The rule is about this item; else it only made or lost room */
    readonly touched: boolean;
  }[];
}

export interface SearchRequest {
  /** What candidates are changes of; without any, those of the version in service */
  readonly params?: RecommendParams | null | undefined;
  readonly seed?: number | undefined;
  readonly budgetMinutes?: number | undefined;
  readonly candidatesMost?: number | undefined;
}

export interface SegmentForecasts {
  readonly segments: readonly {
    readonly segment:
      | "unknown"
      | "newcomer"
      | "looker"
      | "first_buyer"
      | "regular"
      | "slipping"
      | "gone";
    readonly shoppers: number;
    readonly chances: Readonly<Record<string, number>>;
    readonly expectedMinor: number | null;
    readonly currency: string | null;
  }[];
  readonly model: string;
  readonly asOf: number;
}

export interface Serving {
  readonly inService: ModelVersion | null;
  readonly canary: {
    readonly version: ModelVersion;
    readonly share: number;
  } | null;
}

export interface Session {
  readonly user: User;
  readonly shops: readonly {
    readonly id: string;
    readonly name: string;
  }[];
  /** Unless it is used before, and then not later than its end */
  readonly expiresAt: number;
}

export interface Shop {
  readonly id: string;
  readonly name: string;
  readonly createdAt: number;
}

export interface ShopStatus {
  readonly shop: string;
  readonly name: string;
  readonly events: number;
  readonly items: number;
  readonly groups: number;
  /** Version in service */
  readonly model: string | null;
  readonly trainedAt: number | null;
  /** Receipt of the newest event */
  readonly lastEventAt: number | null;
}

export interface ShopperProfile {
  readonly shopper: string;
  readonly person: string;
  readonly firstSeen: number;
  readonly lastSeen: number;
  readonly counts: Readonly<Record<string, number>>;
  /** Events as the log holds them, newest first */
  readonly timeline: readonly unknown[];
}

export interface ShopperSummary {
  readonly shopper: string;
  readonly firstSeen: number;
  readonly lastSeen: number;
  /** What they did; lists shown to them not counted */
  readonly events: number;
  readonly purchases: number;
}

export interface SignIn {
  readonly name: string;
  readonly password: string;
}

export interface TrainPredictRequest {
  readonly params?: PredictParams | undefined;
  readonly seed?: number | undefined;
}

export interface TrainRequest {
  /** Without any, the defaults, or those of the version that is gone on from */
  readonly params?: RecommendParams | null | undefined;
  readonly seed?: number | undefined;
  /** `service` goes on from the version in service: it learns what happened since and, beside it, a share of what came before */
  readonly from?: "nothing" | "service" | undefined;
  /** Of what is learned from where it goes on, what is older, 0..0.95 */
  readonly replayShare?: number | undefined;
  /** Go on with the training that was stopped last, by its params and seed, if it can */
  readonly resume?: boolean | undefined;
}

export interface TrainingHours {
  /** To the next training that goes on; 0: never; null: as the server's */
  readonly everyHours: number | null;
  /** To the next training that learns everything anew; 0: never; null: as the server's */
  readonly fullEveryHours: number | null;
}

export interface TrainingHoursInput {
  /** To the next training that goes on; 0: never; null: as the server's */
  readonly everyHours: number | null;
  /** To the next training that learns everything anew; 0: never; null: as the server's */
  readonly fullEveryHours: number | null;
}

export interface TrainingRun {
  readonly run: string;
  readonly chosen: boolean;
  readonly points: readonly {
    readonly epoch: number;
    readonly learned: {
      readonly loss: number;
      readonly ndcg: number;
      readonly hitRate: number;
    };
    readonly heldOut: {
      readonly loss: number;
      readonly ndcg: number;
      readonly hitRate: number;
    };
  }[];
  readonly verdict: {
    readonly fit: "under" | "over" | "balanced" | "unclear";
    readonly lowestEpoch: number;
    readonly bestEpoch: number;
    readonly gap: number;
    readonly rise: number;
    readonly lateFallShare: number;
    readonly lostShare: number;
    readonly words: string;
  };
}

export interface TrainingSchedule {
  /** In force: to the next training that goes on; 0: never */
  readonly everyHours: number;
  /** In force: to the next that learns all anew; 0: never */
  readonly fullEveryHours: number;
  /** The shop's own; null: as the server's settings say */
  readonly own: TrainingHours;
  /** When one that goes on is due; a moment that is past: at once */
  readonly onwardAt: number | null;
  /** When one that learns everything anew is due */
  readonly fullAt: number | null;
  /** `version`: the first training is the shop's to ask for; `trial`: its end */
  readonly waitsFor: "version" | "trial" | null;
}

export interface Trial {
  readonly id: string;
  readonly version: string;
  /** What was in service beside it */
  readonly against: string;
  /** Of the shoppers, on whom it is tried */
  readonly share: number;
  readonly since: number;
  /** Null while it runs */
  readonly until: number | null;
}

export interface TrialArm {
  /** By the version that showed them a list first */
  readonly shoppers: number;
  readonly lists: number;
  readonly clickedLists: number;
  readonly buyers: number;
  /** After the first list */
  readonly orders: number;
  /** With something that was clicked in a list before */
  readonly ordersThrough: number;
  readonly paid: readonly {
    readonly currency: string;
    /** Minor units */
    readonly sum: number;
    /** For items that were clicked in a list before */
    readonly through: number;
  }[];
}

export interface TrialMeasure {
  /** Lists clicked of those shown; shoppers who bought; minor units per shopper */
  readonly measure: "click_rate" | "purchase_rate" | "revenue_per_shopper";
  readonly currency: string | null;
  readonly control: {
    readonly mean: number;
    readonly low: number;
    readonly high: number;
  };
  readonly treatment: {
    readonly mean: number;
    readonly low: number;
    readonly high: number;
  };
  /** Of one look, two-sided */
  readonly difference: {
    readonly mean: number;
    readonly low: number;
    readonly high: number;
    readonly p: number;
  };
  /** As a share of what the version in service has */
  readonly relative: {
    readonly mean: number;
    readonly low: number;
    readonly high: number;
  } | null;
  /** Interval of the difference that holds however often somebody looks */
  readonly always: {
    readonly low: number;
    readonly high: number;
  };
  /** By `always`: beyond 0, within the effect asked for, or not decided yet */
  readonly verdict: "better" | "worse" | "alike" | "open";
  /** Of both versions, to tell the effect; null where that cannot be told yet */
  readonly moreShoppers: number | null;
  readonly moreLists: number | null;
}

export interface User {
  readonly name: string;
  readonly role: "owner" | "editor" | "viewer";
  readonly shops: readonly string[] | null;
  readonly createdAt: number;
  readonly lastLoginAt: number | null;
  /** The password is one that the server made up: until it is changed all else is refused */
  readonly mustChangePassword: boolean;
}

export interface UserChange {
  readonly role?: "owner" | "editor" | "viewer" | undefined;
  /** The shops they may see; null is every one */
  readonly shops?: readonly string[] | null | undefined;
  readonly resetPassword?: boolean | undefined;
}

export interface Webhook {
  readonly id: string;
  readonly url: string;
  readonly kinds: readonly (
    | "model.promoted"
    | "training.finished"
    | "training.failed"
    | "rules.changed"
    | "shopper.erased"
    | "attention.raised"
  )[];
  /** False: nothing is sent, and what waits goes on waiting */
  readonly enabled: boolean;
  readonly createdAt: number;
  /** Begin and end of the secret */
  readonly masked: string;
}

export interface WebhookChange {
  /** https://…, of a host on the internet; on this machine http:// where it is allowed */
  readonly url?: string | undefined;
  /** What is told there */
  readonly kinds?:
    | readonly (
        | "model.promoted"
        | "training.finished"
        | "training.failed"
        | "rules.changed"
        | "shopper.erased"
        | "attention.raised"
      )[]
    | undefined;
  readonly enabled?: boolean | undefined;
}

export interface WebhookDelivery {
  /** Grows; the same at each try: what a repetition is known by */
  readonly id: string;
  readonly webhook: string;
  readonly kind:
    | "model.promoted"
    | "training.finished"
    | "training.failed"
    | "rules.changed"
    | "shopper.erased"
    | "attention.raised"
    | "test";
  readonly createdAt: number;
  readonly state: "waiting" | "delivered" | "failed";
  readonly attempts: number;
  /** When it is tried next; null when it has ended */
  readonly nextAt: number | null;
  /** The last try */
  readonly last: {
    readonly at: number;
    readonly durationMs: number;
    /** Null when there was no answer */
    readonly status: number | null;
    /** The begin of what was answered */
    readonly answer: string;
    /** Why it does not count; null when it was taken */
    readonly error: string | null;
  } | null;
  /** What is sent, as JSON */
  readonly body: string;
}

export interface WithdrawRequest {
  readonly why: string;
}
