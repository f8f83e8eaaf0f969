import type { Clock } from "../clock.ts";
import { isProblem, problem } from "../errors.ts";
import type { Blobs } from "../storage/blobs.ts";
import type { Change, Records } from "../storage/records.ts";
import { modelFromBytes, modelToBytes } from "./model-bytes.ts";
import type { ModelRegistry, ModelVersion, NewVersion, Serving, Trial } from "./registry.ts";

/**
 * The registry on records and blobs: one record per version, and one per scenario that counts the
 * versions and says which is in service and which is tried out. Every change writes the latter at the version it has seen
 * and looks again when another came between, so no version in service is missing or withdrawn.
 */
interface Service {
  /** Number of the newest version ever made; never goes back, so that no name is used twice. */
  readonly last: number;
  readonly inService: string | null;
  /** Versions that were in service, oldest first: where `rollback` goes. */
  readonly before: readonly string[];
  /** Absent where none is tried out. */
  readonly canary?: { readonly version: string; readonly share: number } | undefined;
  /** Oldest first; the last may still run. */
  readonly trials?: readonly Trial[] | undefined;
}

/** The shop's name is among the bytes, so that equal models of two shops are two blobs. */
interface StoredModel {
  readonly shop: string;
  readonly model: unknown;
}

const VERSION = "model";
const SERVICE = "model-service";
const TRIES = 8;
/** How far back `rollback` can go. */
const BEFORE_MOST = 20;
const TRIALS_MOST = 20;
const PAGE = 500;
const nothing: Service = { last: 0, inService: null, before: [] };

interface Parts {
  readonly records: Records;
  readonly blobs: Blobs;
  readonly clock: Clock;
}

export function openModelRegistry(parts: Parts): ModelRegistry {
  const { records, blobs } = parts;
  const get = (shop: string, version: string): Promise<ModelVersion> =>
    read(records, shop, version);
  return {
    add: (shop, version) => add(parts, shop, version),
    list: (shop, scenario) => list(records, shop, scenario),
    get,
    load: async (shop, version) => {
      const stored = modelFromBytes(await usable(blobs, await get(shop, version)));
      return (stored as StoredModel).model;
    },
    promote: (shop, version) => promote(parts, shop, version),
    rollback: (shop, scenario) => rollback(parts, shop, scenario),
    withdraw: (shop, version, why) => withdraw(parts, shop, version, why),
    tryOut: (shop, version, share) => tryOut(parts, shop, version, share),
    serving: (shop, scenario) => serving(records, shop, scenario),
    trials: async (shop, scenario) =>
      [...((await service(records, shop, scenario)).state.trials ?? [])].reverse(),
    inService: async (shop, scenario) => (await serving(records, shop, scenario)).inService,
    prune: (shop, scenario, keep) => prune(parts, shop, scenario, keep),
  };
}

async function add(parts: Parts, shop: string, made: NewVersion): Promise<ModelVersion> {
  const { model, ...facts } = made;
  const bytes = modelToBytes({ shop, model });
  const blob = await parts.blobs.put(bytes);
  return retrying(async () => {
    const { state, version } = await service(parts.records, shop, made.scenario);
    const added: ModelVersion = {
      ...facts,
      shop,
      version: `${made.scenario}-${String(state.last + 1).padStart(6, "0")}`,
      createdAt: parts.clock(),
      blob,
      bytes: bytes.length,
    };
    await parts.records.write(shop, [
      { put: added, kind: VERSION, id: added.version, expect: 0 },
      putService(made.scenario, { ...state, last: state.last + 1 }, version),
    ]);
    return added;
  });
}

async function list(
  records: Records,
  shop: string,
  scenario?: string,
): Promise<readonly ModelVersion[]> {
  const found: ModelVersion[] = [];
  let after: string | undefined;
  do {
    const prefix = scenario === undefined ? undefined : `${scenario}-`;
    const page = await records.list<ModelVersion>(shop, VERSION, { after, limit: PAGE, prefix });
    found.push(...page.rows.map((row) => row.value));
    after = page.next;
  } while (after !== undefined);
  const wanted = found.filter((one) => scenario === undefined || one.scenario === scenario);
  return wanted.sort((a, b) => b.createdAt - a.createdAt || (a.version < b.version ? 1 : -1));
}

async function promote(
  { records, clock }: Parts,
  shop: string,
  version: string,
): Promise<ModelVersion> {
  const { scenario } = await read(records, shop, version);
  const wanted = await retrying(async () => {
    const { state, version: seen } = await service(records, shop, scenario);
    const found = await read(records, shop, version);
    if (found.withdrawn !== undefined || state.inService === version) return found;
    const { canary: _, ...rest } = state;
    const before = state.inService === null ? [] : [...state.before, state.inService];
    const next = { ...rest, inService: version, before: before.slice(-BEFORE_MOST) };
    await records.write(shop, [serviceChange(scenario, next, seen, clock())]);
    return found;
  });
  refuseWithdrawn(wanted);
  return wanted;
}

async function tryOut(
  { records, clock }: Parts,
  shop: string,
  version: string,
  share: number,
): Promise<ModelVersion> {
  const { scenario } = await read(records, shop, version);
  const wanted = await retrying(async () => {
    const { state, version: seen } = await service(records, shop, scenario);
    const found = await read(records, shop, version);
    if (found.withdrawn !== undefined) return found;
    const { canary, ...rest } = state;
    if (share > 0 && (state.inService === null || state.inService === version)) {
      const why = state.inService === null ? "nothing is in service" : `"${version}" is in service`;
      throw problem("invalid-request", `${why}: a trial needs another version beside it`);
    }
    if (share === 0 && canary?.version !== version) return found;
    const next = share === 0 ? rest : { ...rest, canary: { version, share } };
    await records.write(shop, [serviceChange(scenario, next, seen, clock())]);
    return found;
  });
  refuseWithdrawn(wanted);
  return wanted;
}

/** Several reads: a version that left service between them is not answered. */
async function serving(records: Records, shop: string, scenario: string): Promise<Serving> {
  return retrying(async () => {
    const { state } = await service(records, shop, scenario);
    const usableNow = async (name: string): Promise<ModelVersion> => {
      const found = await records.get<ModelVersion>(shop, VERSION, name);
      if (found !== undefined && found.value.withdrawn === undefined) return found.value;
      throw problem("conflict", `"${name}" left service just now: ask again`);
    };
    const { inService, canary } = state;
    return {
      inService: inService === null ? undefined : await usableNow(inService),
      canary: canary && { version: await usableNow(canary.version), share: canary.share },
    };
  });
}

async function rollback(
  { records, clock }: Parts,
  shop: string,
  scenario: string,
): Promise<ModelVersion> {
  return retrying(async () => {
    const { state, version: seen } = await service(records, shop, scenario);
    const rows = await records.getMany<ModelVersion>(shop, VERSION, state.before);
    const place = rows.findLastIndex((row) => row !== undefined && !row.value.withdrawn);
    const row = rows[place];
    if (row === undefined) {
      throw problem("unknown-model", `no version of "${scenario}" was in service before`);
    }
    const { canary, ...rest } = state;
    const kept = canary?.version === row.id ? rest : state;
    const next = { ...kept, inService: row.id, before: state.before.slice(0, place) };
    await records.write(shop, [serviceChange(scenario, next, seen, clock())]);
    return row.value;
  });
}

/** A version in service or tried out that is withdrawn leaves with it. */
async function withdraw(
  { records, clock }: Parts,
  shop: string,
  version: string,
  why: string,
): Promise<ModelVersion> {
  return retrying(async () => {
    const found = await records.get<ModelVersion>(shop, VERSION, version);
    if (found === undefined) throw unknown(version);
    const changed: ModelVersion = { ...found.value, withdrawn: why };
    const { state, version: seen } = await service(records, shop, changed.scenario);
    const { canary, ...rest } = state;
    const kept = canary?.version === version ? rest : state;
    const next = state.inService === version ? { ...kept, inService: null } : kept;
    await records.write(shop, [
      { put: changed, kind: VERSION, id: version, expect: found.version },
      serviceChange(changed.scenario, next, seen, clock()),
    ]);
    return changed;
  });
}

async function prune(parts: Parts, shop: string, scenario: string, keep: number): Promise<number> {
  const { records } = parts;
  const gone = await retrying(async () => {
    const { state, version: seen } = await service(records, shop, scenario);
    const all = await list(records, shop, scenario);
    const used = [state.inService, state.canary?.version];
    const old = all.filter((one) => !used.includes(one.version)).slice(Math.max(0, keep));
    if (old.length === 0) return old;
    const removals = old.map(
      ({ version }): Change => ({ remove: true, kind: VERSION, id: version }),
    );
    await records.write(shop, [...removals, putService(scenario, state, seen)]);
    return old;
  });
  if (gone.length === 0) return 0;
  const left = await list(records, shop);
  const needed = new Set(left.map((one) => one.blob));
  // Two versions fitted with one seed on one log are the same bytes.
  for (const one of gone) if (!needed.has(one.blob)) await parts.blobs.delete(one.blob);
  return gone.length;
}

async function read(records: Records, shop: string, version: string): Promise<ModelVersion> {
  const found = await records.get<ModelVersion>(shop, VERSION, version);
  if (found === undefined) throw unknown(version);
  return found.value;
}

const unknown = (version: string): Error =>
  problem("unknown-model", `there is no model version "${version}"`);

async function usable(blobs: Blobs, version: ModelVersion): Promise<Uint8Array> {
  refuseWithdrawn(version);
  const bytes = await blobs.get(version.blob);
  if (bytes === undefined || bytes.length !== version.bytes) {
    throw problem("storage-damaged", `the bytes of "${version.version}" are missing or cut off`);
  }
  return bytes;
}

function refuseWithdrawn(version: ModelVersion): void {
  if (version.withdrawn === undefined) return;
  throw problem("conflict", `"${version.version}" was withdrawn: ${version.withdrawn}`);
}

async function service(
  records: Records,
  shop: string,
  scenario: string,
): Promise<{ state: Service; version: number }> {
  const found = await records.get<Service>(shop, SERVICE, scenario);
  return found === undefined
    ? { state: nothing, version: 0 }
    : { state: found.value, version: found.version };
}

const putService = (scenario: string, state: Service, expect: number): Change => ({
  ...{ put: state, kind: SERVICE, id: scenario, expect },
});

/** What serves changes: a trial that no longer is as it was ends, and another begins. */
const serviceChange = (scenario: string, state: Service, expect: number, now: number): Change =>
  putService(scenario, { ...state, trials: trialsOf(state, now) }, expect);

function trialsOf({ trials = [], canary, inService }: Service, now: number): readonly Trial[] {
  const last = trials.at(-1);
  const isOpen = last?.until === null;
  const isSame =
    last?.version === canary?.version &&
    last?.share === canary?.share &&
    last?.against === inService;
  if (isOpen && isSame) return trials;
  const over = isOpen ? [...trials.slice(0, -1), { ...last, until: now }] : trials;
  if (canary === undefined || inService === null) return over;
  const number = Number(last?.id.slice("trial-".length) ?? 0) + 1;
  const id = `trial-${String(number).padStart(6, "0")}`;
  const begun = { id, ...canary, against: inService, since: now, until: null };
  return [...over, begun].slice(-TRIALS_MOST);
}

/** Two writers may meet; the later one looks again. */
async function retrying<T>(attempt: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await attempt();
    } catch (cause) {
      const metAnother = isProblem(cause) && cause.code === "conflict";
      if (!metAnother || tries === TRIES) throw cause;
    }
  }
}
