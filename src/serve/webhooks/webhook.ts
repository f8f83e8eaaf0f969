/**
 * Webhooks: a shop names an address, and what happens in it is told there. What is told is read
 * off durable records (notices.ts), kept in a queue that survives a crash (deliveries.ts), signed
 * (sign.ts), and sent until it is taken or a day has passed (courier.ts). At least once: who
 * receives drops what has an id that was seen before.
 */
export const webhookKinds = [
  "model.promoted",
  "training.finished",
  "training.failed",
  "rules.changed",
  "shopper.erased",
  "attention.raised",
] as const;
export type WebhookKind = (typeof webhookKinds)[number];

/** An address as it may be listed: what signs is masked. */
export interface Webhook {
  readonly id: string;
  readonly url: string;
  /** What is told there. */
  readonly kinds: readonly WebhookKind[];
  /** False: nothing is sent, and what waits goes on waiting. */
  readonly enabled: boolean;
  readonly createdAt: number;
  /** Prefix and last four characters of the secret. */
  readonly masked: string;
}

export interface KeptWebhook extends Webhook {
  readonly shop: string;
  readonly secret: string;
  /** Signs beside the new one until then, so that a receiver can change over. */
  readonly earlier: { readonly secret: string; readonly until: number } | null;
}

export interface NewWebhook {
  readonly webhook: Webhook;
  /** Shown once: it cannot be had again. */
  readonly secret: string;
}

/** One try at telling. */
export interface Attempt {
  readonly at: number;
  readonly durationMs: number;
  /** Null when there was no answer. */
  readonly status: number | null;
  /** The begin of what was answered. */
  readonly answer: string;
  /** Why it does not count; null when it was taken. */
  readonly error: string | null;
}

/** One thing told to one address. */
export interface Delivery {
  /** The webhook's id and a number that grows: what a receiver knows a repetition by. */
  readonly id: string;
  readonly webhook: string;
  readonly kind: WebhookKind | "test";
  readonly createdAt: number;
  readonly state: "waiting" | "delivered" | "failed";
  readonly attempts: number;
  /** When it is tried next; null when it has ended. */
  readonly nextAt: number | null;
  readonly last: Attempt | null;
  /** What is sent: JSON, the same bytes at each try. */
  readonly body: string;
}

export const visible = ({ secret: _, earlier: __, shop: ___, ...webhook }: KeptWebhook): Webhook =>
  webhook;
