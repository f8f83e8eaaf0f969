import type { Clock } from "../clock.ts";
import type { EventLog } from "../storage/event-log.ts";
import { type Change, INSTALLATION, type Records } from "../storage/records.ts";
import type { Consent } from "./event.ts";

/**
 * Who is who, per shop: which ids are one person, and what each person has allowed. Answered from
 * memory (about 250 bytes an alias, 100 a shopper), because every event asks; kept in records,
 * because it must survive. The map is flat: an alias points at its person, never at another alias, so a chain of
 * merges is resolved when it is made and no cycle can arise.
 *
 * The rules. An event with two ids says that they are one person. The first time an id is claimed,
 * its past goes with it. An id that belongs to A and is later claimed by B is B's from then on,
 * while its past stays A's; "later" is by the claiming event's time, so an old file read again
 * changes nothing. Claims at the same moment: the first one to arrive holds.
 *
 * Events come from browsers and prove nothing, so they may not give one shopper to another: an id
 * that was ever sent as a shopper's is joined to somebody else only for a holder of the secret key,
 * who vouches for it; and one that was claimed before its shopper first came is theirs again.
 */
export interface Identities {
  personOf(shop: string, id: string): string;
  /** Takes note at once, in memory. Undefined when it says nothing new. */
  claim(shop: string, alias: string, person: string, said: Said): Claim | undefined;
  /** Was it ever seen as a shopper's id, or does it hold other ids? */
  isShopper(shop: string, id: string): boolean;
  /**
   * Takes note of a shopper's id at once, in memory. A claim on it that nobody vouched for ends;
   * true when there was one.
   */
  meet(shop: string, shopper: string): boolean;
  /** Makes the shoppers met durable, also those whom storage refused before. */
  settleShoppers(shop: string): Promise<void>;
  /** A moment that beats every earlier claim on this id. */
  claimTime(shop: string, alias: string, now: number): number;
  /** Room for one more alias, or the id is already this person's? */
  hasRoom(shop: string, alias: string, person: string): boolean;
  /** Makes claims durable and moves their past; resolves with the events moved by each. */
  settle(shop: string, claims: readonly Claim[]): Promise<readonly number[]>;
  consentOf(shop: string, person: string): Consent | undefined;
  /** Notes a statement at once; false when a newer one stands. */
  state(shop: string, person: string, consent: Consent, at: number): boolean;
  /** Makes the persons' statements durable. */
  settleConsents(shop: string, persons: readonly string[]): Promise<void>;
  aliasesOf(shop: string, person: string): readonly string[];
  /** Forgets a person, their aliases and what they allowed. */
  forget(shop: string, person: string): Promise<void>;
}

/** When a claim was made, and whether a holder of the secret key vouches for it. */
export interface Said {
  readonly at: number;
  readonly vouched: boolean;
}

/** One id newly held by a person. */
export interface Claim {
  readonly alias: string;
  readonly person: string;
  /** True when the alias was nobody's: then its past comes along. */
  readonly movesPast: boolean;
  /** Ids that pointed at the alias and now point at the person. */
  readonly followers: readonly string[];
  /** The alias had a statement of consent, which the person may have taken over. */
  readonly stated: boolean;
}

interface Owner {
  readonly person: string;
  readonly since: number;
  readonly vouched: boolean;
}

interface AliasRecord extends Owner {
  /** False while its past may not have been moved: done again at the next start. */
  readonly settled: boolean;
}

interface Statement extends Consent {
  readonly at: number;
}

interface People {
  readonly owners: Map<string, Owner>;
  readonly aliases: Map<string, Set<string>>;
  readonly statements: Map<string, Statement>;
  /** Ids that came as a shopper's; `met` are those not yet in records. */
  readonly shoppers: Set<string>;
  readonly met: Set<string>;
  /** Listed among the shops whose identities are read at start. */
  listed: boolean;
}

export interface IdentityOptions {
  readonly log: EventLog;
  readonly records: Records;
  readonly clock: Clock;
  readonly aliasesPerShopper: number;
}

const ALIAS = "alias";
const CONSENT = "consent";
const SHOPPER = "known-shopper";
const SHOPS = "identity-shop";
const PAGE = 5_000;

/** Reads every shop's identities; moves the past of claims that a crash left unsettled. */
export async function openIdentities(options: IdentityOptions): Promise<Identities> {
  const { records } = options;
  const shops = new Map<string, People>();
  for await (const { id: shop } of pages<unknown>(records, INSTALLATION, SHOPS)) {
    shops.set(shop, await readPeople(options, shop));
  }
  return identitiesOver(options, shops);
}

async function* pages<T>(
  records: Records,
  shop: string,
  kind: string,
): AsyncGenerator<{ readonly id: string; readonly value: T }> {
  let after: string | undefined;
  do {
    const page = await records.list<T>(shop, kind, { after, limit: PAGE });
    yield* page.rows;
    after = page.next;
  } while (after !== undefined);
}

const nobody = (): People => ({
  owners: new Map(),
  aliases: new Map(),
  statements: new Map(),
  shoppers: new Set(),
  met: new Set(),
  listed: false,
});

async function readPeople({ records, log }: IdentityOptions, shop: string): Promise<People> {
  const people = nobody();
  people.listed = true;
  const unsettled: [string, AliasRecord][] = [];
  for await (const { id, value } of pages<AliasRecord>(records, shop, ALIAS)) {
    own(people, id, value);
    if (!value.settled) unsettled.push([id, value]);
  }
  for await (const { id, value } of pages<Statement>(records, shop, CONSENT)) {
    people.statements.set(id, value);
  }
  for await (const { id } of pages<unknown>(records, shop, SHOPPER)) people.shoppers.add(id);
  for (const [id, value] of unsettled) {
    await log.reassign(shop, id, value.person);
    await records.write(shop, [{ put: { ...value, settled: true }, kind: ALIAS, id }]);
  }
  return people;
}

function own(people: People, alias: string, { person, since, vouched }: Owner): void {
  const before = people.owners.get(alias);
  if (before !== undefined) people.aliases.get(before.person)?.delete(alias);
  people.owners.set(alias, { person, since, vouched });
  const held = people.aliases.get(person);
  if (held === undefined) people.aliases.set(person, new Set([alias]));
  else held.add(alias);
}

const none: ReadonlySet<string> = new Set();

function identitiesOver(options: IdentityOptions, shops: Map<string, People>): Identities {
  const peopleOf = (shop: string): People => {
    const known = shops.get(shop);
    if (known !== undefined) return known;
    const people = nobody();
    shops.set(shop, people);
    return people;
  };
  return { ...asked(options, shops), ...told(options, peopleOf) };
}

type Asked = Pick<
  Identities,
  "personOf" | "isShopper" | "claimTime" | "hasRoom" | "consentOf" | "aliasesOf"
>;

/** What is answered from memory alone; a shop nobody has told of costs nothing. */
function asked({ aliasesPerShopper }: IdentityOptions, shops: Map<string, People>): Asked {
  const personOf = (shop: string, id: string): string =>
    shops.get(shop)?.owners.get(id)?.person ?? id;
  const aliasesOf = (shop: string, person: string): ReadonlySet<string> =>
    shops.get(shop)?.aliases.get(person) ?? none;
  return {
    personOf,
    isShopper(shop, id) {
      return shops.get(shop)?.shoppers.has(id) === true || aliasesOf(shop, id).size > 0;
    },
    claimTime(shop, alias, now) {
      const owner = shops.get(shop)?.owners.get(alias);
      return owner === undefined ? now : Math.max(now, owner.since + 1);
    },
    hasRoom(shop, alias, person) {
      const held = aliasesOf(shop, personOf(shop, person));
      if (held.has(alias)) return true;
      return held.size + aliasesOf(shop, alias).size < aliasesPerShopper;
    },
    consentOf: (shop, person) => shops.get(shop)?.statements.get(person),
    aliasesOf: (shop, person) => [...aliasesOf(shop, person)],
  };
}

/** What changes, in memory at once and in records when it is settled. */
function told(
  { records, log }: IdentityOptions,
  peopleOf: (shop: string) => People,
): Omit<Identities, keyof Asked> {
  const listShop = async (shop: string): Promise<void> => {
    const people = peopleOf(shop);
    if (people.listed) return;
    await records.write(INSTALLATION, [{ put: {}, kind: SHOPS, id: shop }]);
    people.listed = true;
  };
  return {
    claim: (shop, alias, person, said) => claim(peopleOf(shop), alias, person, said),
    async settle(shop, claims) {
      await listShop(shop);
      const people = peopleOf(shop);
      await records.write(shop, claimChanges(people, claims, false));
      const moved = await Promise.all(
        claims.map((one) => {
          const moves = one.movesPast && people.owners.has(one.alias);
          return moves ? log.reassign(shop, one.alias, one.person) : 0;
        }),
      );
      await records.write(shop, claimChanges(people, claims, true));
      return moved;
    },
    meet(shop, shopper) {
      const { shoppers, met, owners, aliases } = peopleOf(shop);
      if (shoppers.has(shopper)) return false;
      shoppers.add(shopper);
      met.add(shopper);
      const owner = owners.get(shopper);
      if (owner === undefined || owner.vouched) return false;
      owners.delete(shopper);
      aliases.get(owner.person)?.delete(shopper);
      return true;
    },
    async settleShoppers(shop) {
      const { met, owners } = peopleOf(shop);
      if (met.size === 0) return;
      const ids = [...met];
      met.clear();
      try {
        // Asked for in one turn, so that they share the sync of the events they came with.
        const known = ids.map((id): Change => ({ put: {}, kind: SHOPPER, id }));
        const free = ids.filter((id) => !owners.has(id));
        const freed = free.map((id): Change => ({ remove: true, kind: ALIAS, id }));
        await Promise.all([listShop(shop), records.write(shop, [...known, ...freed])]);
      } catch (error) {
        for (const id of ids) met.add(id);
        throw error;
      }
    },
    state(shop, person, consent, at) {
      const { statements } = peopleOf(shop);
      if ((statements.get(person)?.at ?? -1) > at) return false;
      const { measure, personalise } = consent;
      statements.set(person, { measure, personalise, at });
      return true;
    },
    async settleConsents(shop, persons) {
      await listShop(shop);
      const people = peopleOf(shop);
      await records.write(
        shop,
        persons.map((id) => consentChange(people, id)),
      );
    },
    forget: (shop, person) => forget(records, peopleOf(shop), shop, person),
  };
}

async function forget(
  records: Records,
  people: People,
  shop: string,
  person: string,
): Promise<void> {
  const ids = [...(people.aliases.get(person) ?? none)];
  for (const id of ids) people.owners.delete(id);
  people.aliases.delete(person);
  for (const id of [person, ...ids]) {
    people.statements.delete(id);
    people.shoppers.delete(id);
    people.met.delete(id);
  }
  await records.write(shop, [
    ...ids.map((id): Change => ({ remove: true, kind: ALIAS, id })),
    ...[person, ...ids].flatMap((id): Change[] => [
      { remove: true, kind: CONSENT, id },
      { remove: true, kind: SHOPPER, id },
    ]),
  ]);
}

function claim(
  people: People,
  alias: string,
  claimant: string,
  { at, vouched }: Said,
): Claim | undefined {
  const person = people.owners.get(claimant)?.person ?? claimant;
  if (alias === person) return undefined;
  const owner = people.owners.get(alias);
  const settled = owner?.person === person && (owner.vouched || !vouched);
  if (settled || (owner !== undefined && at <= owner.since)) return undefined;
  const followers = [...(people.aliases.get(alias) ?? none)];
  const now: Owner = { person, since: at, vouched };
  for (const id of followers) own(people, id, { ...(people.owners.get(id) ?? now), person });
  people.aliases.delete(alias);
  own(people, alias, now);
  const stated = owner === undefined && inheritConsent(people, alias, person);
  return { alias, person, movesPast: owner === undefined, followers, stated };
}

/** The newer of two statements holds for the joined person. */
function inheritConsent(people: People, alias: string, person: string): boolean {
  const said = people.statements.get(alias);
  if (said === undefined) return false;
  people.statements.delete(alias);
  const standing = people.statements.get(person);
  if (standing === undefined || standing.at < said.at) people.statements.set(person, said);
  return true;
}

function claimChanges(people: People, claims: readonly Claim[], settled: boolean): Change[] {
  return claims.flatMap((one) => [
    ...[one.alias, ...one.followers].map((id) => aliasChange(people, id, settled)),
    ...(one.stated ? [one.alias, one.person].map((id) => consentChange(people, id)) : []),
  ]);
}

function aliasChange(people: People, id: string, settled: boolean): Change {
  const owner = people.owners.get(id);
  if (owner === undefined) return { remove: true, kind: ALIAS, id };
  const put: AliasRecord = { ...owner, settled };
  return { put, kind: ALIAS, id };
}

function consentChange(people: People, id: string): Change {
  const put = people.statements.get(id);
  return put === undefined ? { remove: true, kind: CONSENT, id } : { put, kind: CONSENT, id };
}
