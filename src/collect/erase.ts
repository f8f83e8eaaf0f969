import { createHash, randomBytes } from "node:crypto";
import type { Clock } from "../clock.ts";
import type { EventLog } from "../storage/event-log.ts";
import type { Records } from "../storage/records.ts";
import type { CollectListener, ErasureCertificate } from "./collect.ts";
import { forgetQuarantined } from "./files/quarantine.ts";
import type { Identities } from "./identity.ts";

/**
 * Erasing a person: the log first, so that a crash in between leaves the identities with which the
 * same request finds everything again; then identities and quarantine; then everyone who derived
 * something. What is kept is a certificate that names nobody without the salt, and the salt is
 * only in the copy that the caller gets.
 */
export interface EraseOptions {
  readonly log: EventLog;
  readonly records: Records;
  readonly clock: Clock;
  readonly people: Identities;
  readonly listeners: readonly CollectListener[];
  readonly newId: () => string;
}

/** Kind of the records that hold certificates without their salt. */
export const ERASURE = "erasure";

export async function erasePerson(
  options: EraseOptions,
  shop: string,
  shopper: string,
): Promise<ErasureCertificate> {
  const { log, records, people, listeners } = options;
  const person = people.personOf(shop, shopper);
  const aliases = people.aliasesOf(shop, person);
  const persons = [person, ...aliases];
  const events = await log.erase(shop, persons);
  await people.forget(shop, person);
  await forgetQuarantined(records, shop, new Set(persons));
  const told = listeners.filter((listener) => listener.erased !== undefined);
  await Promise.all(told.map((listener) => listener.erased?.(shop, persons)));
  const salt = randomBytes(16).toString("hex");
  const kept = {
    id: options.newId(),
    at: options.clock(),
    subject: subjectOf(shop, shopper, salt),
    events,
    aliases: aliases.length,
    derived: ["identities", "quarantine", ...told.flatMap(({ derives }) => derives ?? [])],
  };
  await records.write(shop, [{ put: kept, kind: ERASURE, id: kept.id }]);
  return { ...kept, salt };
}

/** How a certificate's holder proves whose it is. */
export function subjectOf(shop: string, shopper: string, salt: string): string {
  return createHash("sha256").update(`${salt}\0${shop}\0${shopper}`).digest("hex");
}
