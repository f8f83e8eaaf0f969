import type { Progress } from "../../storage/jobs.ts";
import type { Consent } from "../event.ts";

/**
 * How long a shop keeps what was done in it, and what may be made of it before anybody was asked.
 * Events are let go by the day they happened on, refused rows by when they were refused; what was learned from them stays until the next
 * training, which learns without them.
 */
export interface RetentionRules {
  /** Events of known shoppers; null keeps them for ever. @unit days */
  readonly shopperDays: number | null;
  /** Events of nobody known. @unit days */
  readonly anonymousDays: number | null;
  /** What who has said nothing allows, from now on: an event keeps what held when it came. */
  readonly consent: Consent;
}

export type RetentionChange = {
  readonly [Name in keyof RetentionRules]?: RetentionRules[Name] | undefined;
};

/** What a rule would let go of at this moment. */
export interface Affected {
  readonly events: number;
  readonly goes: number;
  /** When the oldest that goes happened; null when none does. */
  readonly oldestAt: number | null;
}

export interface RetentionPreview {
  readonly at: number;
  readonly shoppers: Affected;
  readonly anonymous: Affected;
  /** Refused rows that may tell of a shopper; nobody knows whose, so the shorter rule holds. */
  readonly quarantine: Affected;
}

/** What was let go of, by which rules; it names nobody. */
export interface RetentionCertificate {
  readonly id: string;
  readonly at: number;
  readonly rules: Pick<RetentionRules, "shopperDays" | "anonymousDays">;
  readonly shopperEvents: number;
  readonly anonymousEvents: number;
  readonly persons: number;
  /** Rows that had been refused; absent in certificates of before they were let go of. */
  readonly quarantined?: number | undefined;
  /** When the oldest and the newest of them happened. */
  readonly oldestAt: number;
  readonly newestAt: number;
  /** What they were taken out of. */
  readonly derived: readonly string[];
  /** False when it was stopped before its end. */
  readonly complete: boolean;
}

export interface RetentionControl {
  readonly signal: AbortSignal;
  progress(progress: Progress): void;
}

export interface Retention {
  rules(shop: string): RetentionRules;
  /** What is left out stays as it is. */
  change(shop: string, to: RetentionChange): Promise<RetentionRules>;
  /** O(events). */
  preview(shop: string, to: RetentionChange): Promise<RetentionPreview>;
  /** Lets go of what is too old. Null when nothing was. O(events). */
  apply(shop: string, control: RetentionControl): Promise<RetentionCertificate | null>;
  /** Newest first. */
  certificates(shop: string, limit: number): Promise<readonly RetentionCertificate[]>;
  /** When the rules were last applied to the end; null when never. */
  appliedAt(shop: string): number | null;
  /** Shops with rules of their own. */
  shops(): readonly string[];
}
