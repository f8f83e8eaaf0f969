import { createHmac, randomBytes } from "node:crypto";
import type { KeptWebhook } from "./webhook.ts";

/**
 * Signatures by the Standard Webhooks specification, which receivers have libraries for:
 * HMAC-SHA256 over `id.timestamp.body`, so neither can be sent again under another name or later.
 */
const PREFIX = "whsec_";
const SECRET_BYTES = 24;

export const newSecret = (): string => PREFIX + randomBytes(SECRET_BYTES).toString("base64");

export const maskedSecret = (secret: string): string => `${PREFIX}…${secret.slice(-4)}`;

export function signatureOf(secret: string, id: string, seconds: number, body: string): string {
  const key = Buffer.from(secret.slice(PREFIX.length), "base64");
  return `v1,${createHmac("sha256", key).update(`${id}.${seconds}.${body}`).digest("base64")}`;
}

/** While a secret is being changed both sign. @unit at epoch ms */
export function signedHeaders(
  { secret, earlier }: Pick<KeptWebhook, "secret" | "earlier">,
  { id, body }: { readonly id: string; readonly body: string },
  at: number,
): Record<string, string> {
  const seconds = Math.floor(at / 1_000);
  const secrets = earlier !== null && at < earlier.until ? [secret, earlier.secret] : [secret];
  return {
    "content-type": "application/json",
    "user-agent": "Shopkeeper",
    "webhook-id": id,
    "webhook-timestamp": String(seconds),
    "webhook-signature": secrets.map((one) => signatureOf(one, id, seconds, body)).join(" "),
  };
}
