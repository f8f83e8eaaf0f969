import type { FastifyInstance } from "fastify";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { EpochMs } from "../src/schema.ts";
import type { Access } from "../src/serve/access/access.ts";
import { type TestPlatform, testPlatform } from "../src/serve/conformance/memory-platform.ts";
import {
  type Operation,
  operationsOf,
  type SampleCall,
  sampleCalls,
  send,
} from "../src/serve/conformance/sample-calls.ts";
import {
  headersOf,
  SAMPLE_PASSWORD,
  sampleAccess,
  signUp,
} from "../src/serve/conformance/signed-in.ts";
import { openServer } from "../src/serve/server.ts";

/** Users who sign in, and what their cookie opens. */
const HOUR_MS = 3_600_000;
const LOCAL = "lk_the-door";
const HOST = "localhost:80";
let platform: TestPlatform;
let access: Access;
let server: FastifyInstance;
let now = 1_750_000_000_000;

const limits = { failuresPerName: 3, failuresPerAddress: 5, sessionsPerUser: 3 };

beforeAll(async () => {
  const made = await testPlatform({ access: limits, server: { trustedProxies: 1 } });
  platform = { ...made, clock: () => now as EpochMs };
  for (const shop of ["alpha", "beta", "gamma"]) await platform.shops.ensure(shop);
  access = await sampleAccess(platform);
  await signUp(access, "olga", "owner");
  await signUp(access, "emil", "editor");
  await signUp(access, "vera", "viewer", ["alpha"]);
  await signUp(access, "alba", "editor", ["alpha", "beta"]);
  server = await openServer(platform, { access, localToken: LOCAL });
});
afterAll(() => server.close());
beforeEach(() => {
  now += HOUR_MS;
});

const owner = { "x-api-key": LOCAL };
const signIn = (name: string, password = SAMPLE_PASSWORD, more: object = {}) =>
  server.inject({ method: "POST", url: "/v1/session", payload: { name, password }, ...more });
const ask = (url: string, headers: Record<string, string>) => server.inject({ url, headers });
const put = { kind: "pin", id: "r", item: "i", position: 0 };
const putRule = (headers: Record<string, string>) =>
  server.inject({ method: "PUT", url: "/v1/rules", payload: put, headers });

describe("signing in", () => {
  test("sets a cookie that no script reads and no other site sends", async () => {
    const answer = await signIn(" Olga ");
    expect(answer.statusCode).toBe(201);
    expect(answer.headers["set-cookie"]).toMatch(
      /^shopkeeper=[\w-]{43}; Max-Age=604800; Path=\/; HttpOnly; SameSite=Strict$/,
    );
    expect(answer.headers["cache-control"]).toBe("no-store");
    expect(answer.json()).toEqual({
      user: expect.objectContaining({ name: "olga", role: "owner", shops: null }),
      shops: ["alpha", "beta", "gamma"].map((id) => ({ id, name: id })),
      expiresAt: now + 8 * HOUR_MS,
    });
    expect(answer.body).not.toContain("hash");
  });

  test("over TLS, also before a proxy that is trusted, keeps the cookie to TLS", async () => {
    const headers = { "x-forwarded-proto": "https" };
    const answer = await signIn("olga", SAMPLE_PASSWORD, { headers });
    expect(answer.headers["set-cookie"]).toContain("; Secure");
  });

  test("keeps neither the cookie's value nor the password in the records", async () => {
    const { cookie = "" } = await headersOf(server, "olga");
    const { records } = platform.storage;
    const kept = await records.list("", "admin-session", { limit: 100 });
    const users = await records.list("", "user", { limit: 100 });
    expect(kept.rows.length).toBeGreaterThan(0);
    expect(JSON.stringify([kept, users])).not.toContain(cookie.split("=")[1]);
    expect(JSON.stringify([kept, users])).not.toContain(SAMPLE_PASSWORD);
    expect(JSON.stringify(users)).toContain('"method":"scrypt"');
  });

  test.each([["olga"], ["nobody"], ["olga' --"]])(
    "is refused with a wrong password, in the same words for %s",
    async (name) => {
      const answer = await signIn(name, "not the password");
      expect(answer.json()).toMatchObject({ status: 401, code: "wrong-password" });
      expect(answer.json().detail).toBe("no user has this name and this password");
      expect(answer.headers["set-cookie"]).toBeUndefined();
    },
  );

  test("is refused from a page of another site", async () => {
    for (const headers of [{ "sec-fetch-site": "cross-site" }, { origin: "https://evil.test" }]) {
      const answer = await signIn("olga", SAMPLE_PASSWORD, { headers });
      expect(answer.json().code).toBe("foreign-request");
    }
    expect((await signIn("olga", SAMPLE_PASSWORD, { headers: originOfOurs })).statusCode).toBe(201);
  });

  test("tells a wrong field, and never what was sent as a password", async () => {
    const answer = await signIn("olga", "secret".repeat(100));
    expect(answer.json()).toMatchObject({
      code: "invalid-request",
      errors: [{ pointer: "/password" }],
    });
    expect(answer.body).not.toContain("secretsecret");
  });
});

const originOfOurs = { origin: `http://${HOST}` };

describe("a throttle", () => {
  const from = (address: string) => ({ remoteAddress: address });

  test("stops guessing at one name from many addresses, and lets go after the window", async () => {
    for (const last of [1, 2, 3]) {
      const answer = await signIn("emil", "a guess", from(`203.0.113.${last}`));
      expect(answer.statusCode).toBe(401);
    }
    const stopped = await signIn("emil", SAMPLE_PASSWORD, from("203.0.113.4"));
    expect(stopped.json()).toMatchObject({ code: "too-many-requests" });
    expect(Number(stopped.headers["retry-after"])).toBeGreaterThan(890);
    now += 15 * 60_000;
    expect((await signIn("emil", SAMPLE_PASSWORD, from("203.0.113.4"))).statusCode).toBe(201);
  });

  test("stops guessing at many names from one address", async () => {
    const tried = [];
    for (let n = 0; n < 7; n++) {
      tried.push((await signIn(`guess-${n}`, "a guess", from("203.0.113.9"))).statusCode);
    }
    expect(tried).toEqual([401, 401, 401, 401, 401, 429, 429]);
    expect((await signIn("olga", SAMPLE_PASSWORD, from("203.0.113.10"))).statusCode).toBe(201);
  });

  test("counts what is asked at once", async () => {
    const all = Array.from({ length: 8 }, () => signIn("vera", "a guess", from("203.0.113.20")));
    const statuses = (await Promise.all(all)).map(({ statusCode }) => statusCode).sort();
    expect(statuses).toEqual([401, 401, 401, 429, 429, 429, 429, 429]);
  });

  test("does not count who gets in", async () => {
    for (let n = 0; n < 6; n++) expect((await signIn("olga")).statusCode).toBe(201);
  });
});

describe("a session", () => {
  test("says who is signed in until it is ended", async () => {
    const user = await headersOf(server, "vera");
    const told = await ask("/v1/session", user);
    expect(told.json()).toMatchObject({ user: { name: "vera" }, shops: [{ id: "alpha" }] });
    const left = await server.inject({ method: "DELETE", url: "/v1/session", headers: user });
    expect(left.statusCode).toBe(204);
    expect(left.headers["set-cookie"]).toMatch(/^shopkeeper=; .*Expires=Thu, 01 Jan 1970/);
    expect((await ask("/v1/session", user)).json()).toMatchObject({
      status: 401,
      code: "not-authenticated",
    });
  });

  test("is nobody's without a cookie, with a made-up one, and with a key", async () => {
    for (const cookie of ["", "shopkeeper=x", `shopkeeper=${"A".repeat(43)}`]) {
      expect((await ask("/v1/session", { cookie })).statusCode).toBe(401);
    }
    expect((await ask("/v1/session", owner)).json().code).toBe("not-allowed");
  });

  test("lasts while it is used, ends when it is not, and after seven days in any case", async () => {
    const idle = await headersOf(server, "emil");
    now += 8 * HOUR_MS - 1;
    expect((await ask("/v1/session", idle)).statusCode).toBe(200);
    now += 8 * HOUR_MS;
    expect((await ask("/v1/session", idle)).statusCode).toBe(401);
    const busy = await headersOf(server, "emil");
    let hours = 0;
    for (; (await ask("/v1/session", busy)).statusCode === 200; hours += 4) now += 4 * HOUR_MS;
    expect(hours).toBe(7 * 24);
  });

  test("ends when its user has as many newer ones as are allowed", async () => {
    const all = [];
    for (let n = 0; n <= limits.sessionsPerUser; n++) {
      now++;
      all.push(await headersOf(server, "alba"));
    }
    const statuses = [];
    for (const one of all) statuses.push((await ask("/v1/session", one)).statusCode);
    expect(statuses).toEqual([401, 200, 200, 200]);
  });

  test("outlives the server, and so does its end", async () => {
    const user = await headersOf(server, "olga");
    const again = await sampleAccess(platform);
    const token = user["cookie"].split("=")[1] ?? "";
    expect(again.sessions.use(token)?.user).toBe("olga");
    await server.inject({ method: "DELETE", url: "/v1/session", headers: user });
    const later = await sampleAccess(platform);
    expect(later.sessions.use(token)).toBeUndefined();
  });
});

describe("a request with the cookie that changes something", () => {
  const refused = async (change: (headers: Record<string, string>) => Record<string, string>) => {
    const user = { ...(await headersOf(server, "emil")), "x-shop": "alpha", host: HOST };
    return (await putRule(change(user))).json();
  };

  test.each([
    ["the header X-Shopkeeper", ({ "x-shopkeeper": _, ...rest }: Record<string, string>) => rest],
    ["its right value", (all: Record<string, string>) => ({ ...all, "x-shopkeeper": "1" })],
    ["our own page", (all: Record<string, string>) => ({ ...all, "sec-fetch-site": "same-site" })],
    ["a page at all", (all: Record<string, string>) => ({ ...all, "sec-fetch-site": "none" })],
    [
      "a page of ours where the browser says both",
      (all: Record<string, string>) => ({
        ...all,
        "sec-fetch-site": "cross-site",
        ...originOfOurs,
      }),
    ],
    ["any sign of its page", ({ "sec-fetch-site": _, ...rest }: Record<string, string>) => rest],
    [
      "the origin of our host",
      ({ "sec-fetch-site": _, ...rest }: Record<string, string>) => ({
        ...rest,
        origin: "http://localhost:81",
      }),
    ],
    [
      "an origin that is one",
      ({ "sec-fetch-site": _, ...rest }: Record<string, string>) => ({ ...rest, origin: "null" }),
    ],
  ])("is refused without %s", async (_what, change) => {
    const before = await platform.recommend.rules.current("alpha");
    expect(await refused(change)).toMatchObject({ status: 403, code: "foreign-request" });
    expect(await platform.recommend.rules.current("alpha")).toBe(before);
  });

  test("is answered from our own page, also to a browser that only says its origin", async () => {
    const signedIn: Record<string, string> = await headersOf(server, "emil");
    const user = { ...signedIn, "x-shop": "alpha", host: HOST };
    expect((await putRule(user)).statusCode).toBe(200);
    const { "sec-fetch-site": _, ...old } = user as Record<string, string>;
    const answer = await putRule({ ...old, ...originOfOurs });
    expect(answer.json()).toMatchObject({ by: "user:emil" });
  });

  test("is never let through to a page of another origin by CORS", async () => {
    const headers = {
      origin: "https://evil.test",
      "access-control-request-method": "PUT",
      "access-control-request-headers": "x-shopkeeper",
    };
    const answer = await server.inject({ method: "OPTIONS", url: "/v1/rules", headers });
    expect(answer.headers["access-control-allow-origin"]).toBeUndefined();
    expect(answer.headers["access-control-allow-credentials"]).toBeUndefined();
  });

  test("needs none of this with a key: where both are brought, the key decides", async () => {
    const { cookie = "" } = await headersOf(server, "vera");
    const answer = await putRule({ ...owner, cookie, "x-shop": "beta" });
    expect(answer.json()).toMatchObject({ by: "local" });
    const unknown = { "x-api-key": `sk_${"A".repeat(43)}`, cookie, "x-shop": "alpha" };
    expect((await ask("/v1/rules", unknown)).json().code).toBe("not-authenticated");
  });
});

describe("what a user may do", () => {
  /** The routes that are answered to a viewer though they are no GET: they change nothing. */
  const READS = [
    ...["explainRecommendation", "predict", "previewRetention", "previewRules"],
    // Of a user it is a preview: nothing is put on record.
    "recommend",
  ];

  async function letIn(headers: Record<string, string>, id: string): Promise<boolean> {
    const call = sampleCalls("alpha")[id] as SampleCall;
    // Only the door is judged: a body that no route takes keeps everything as it is.
    const knock = { ...call, payload: "!", type: "application/x-knock" };
    const { statusCode } = await send(server, call.method === "GET" ? call : knock, headers);
    return statusCode !== 401 && statusCode !== 403;
  }

  test.each([
    ["an owner all", "olga", () => true],
    ["an editor what a secret key may", "emil", ({ scope }: Operation) => scope !== "owner"],
    [
      "a viewer only look",
      "vera",
      ({ scope, method, id }: Operation) =>
        scope !== "owner" && (method === "get" || READS.includes(id)),
    ],
  ])("%s", async (_what, name, isAllowed) => {
    const headers = { ...(await headersOf(server, name)), "x-shop": "alpha" };
    const judged = operationsOf(server).filter(({ scope }) => !/public|session/.test(scope));
    const wrong: string[] = [];
    for (const operation of judged) {
      const isIn = await letIn(headers, operation.id);
      if (isIn !== isAllowed(operation)) wrong.push(`${operation.id}: ${isIn}`);
    }
    expect(wrong).toEqual([]);
    expect(judged.length).toBeGreaterThan(60);
  });

  test("a list that a user looks at was shown to no shopper: it is not on record", async () => {
    const recordOf = async (headers: Record<string, string>, way: object): Promise<unknown> => {
      const answer = await server.inject({ headers, ...way });
      expect(answer.statusCode).toBe(200);
      return platform.asked.at(-1)?.request.record;
    };
    const get = { url: "/v1/recommendations/home?record=true" };
    const payload = { surface: "home", record: true };
    const post = { method: "POST", url: "/v1/recommendations", payload };
    for (const name of ["vera", "emil", "olga"]) {
      const user = { ...(await headersOf(server, name)), "x-shop": "alpha" };
      for (const way of [get, post]) expect(await recordOf(user, way), name).toBe(false);
    }
    const key = { ...owner, "x-shop": "alpha" };
    for (const way of [get, post]) expect(await recordOf(key, way)).toBe(true);
  });

  test("is said of a viewer who tries to change something", async () => {
    const headers = await headersOf(server, "vera");
    const answer = await putRule(headers);
    expect(answer.json()).toMatchObject({ status: 403, code: "not-allowed" });
    expect(answer.json().detail).toBe("a viewer may look at everything, and change nothing");
  });

  test("is held to the user's shops", async () => {
    const both = await headersOf(server, "alba");
    for (const shop of ["alpha", "beta"]) {
      expect((await ask("/v1/rules", { ...both, "x-shop": shop })).statusCode).toBe(200);
    }
    for (const shop of ["gamma", "nowhere"]) {
      const answer = await ask("/v1/rules", { ...both, "x-shop": shop });
      expect(answer.json()).toMatchObject({ status: 403, code: "not-allowed" });
    }
    for (const url of ["/v1/rules", "/v1/jobs"]) {
      expect((await ask(url, both)).json()).toMatchObject({
        code: "invalid-request",
        errors: [{ pointer: "/headers/x-shop" }],
      });
    }
    const one = await headersOf(server, "vera");
    expect((await ask("/v1/status", one)).json()).toMatchObject({ shop: "alpha" });
    const all = await headersOf(server, "emil");
    expect((await ask("/v1/jobs", all)).statusCode).toBe(400);
    const nowhere = await ask("/v1/rules", { ...all, "x-shop": "nowhere" });
    expect(nowhere.json().code).toBe("unknown-shop");
  });
});

describe("a password", () => {
  const change = (headers: Record<string, string>, current: string, password: string) =>
    server.inject({
      method: "PUT",
      url: "/v1/session/password",
      payload: { current, password },
      headers,
    });

  test("is changed by who knows it, and every other session of the user ends", async () => {
    await signUp(access, "paul", "editor");
    const here = await headersOf(server, "paul");
    const there = await headersOf(server, "paul");
    const wrong = await change(here, "not this one", "another password");
    expect(wrong.json()).toMatchObject({ status: 400, errors: [{ pointer: "/current" }] });
    const same = await change(here, SAMPLE_PASSWORD, SAMPLE_PASSWORD);
    expect(same.json()).toMatchObject({ status: 400, errors: [{ pointer: "/password" }] });
    const short = await change(here, SAMPLE_PASSWORD, "eleven char");
    expect(short.json()).toMatchObject({ status: 400, errors: [{ pointer: "/password" }] });
    const done = await change(here, SAMPLE_PASSWORD, "another password");
    expect(done.json()).toMatchObject({ user: { name: "paul", mustChangePassword: false } });
    expect((await ask("/v1/session", here)).statusCode).toBe(200);
    expect((await ask("/v1/session", there)).statusCode).toBe(401);
    expect((await signIn("paul")).statusCode).toBe(401);
    expect((await signIn("paul", "another password")).statusCode).toBe(201);
  });

  test("that was forgotten is made anew by an owner, and ends every session", async () => {
    await signUp(access, "petra", "viewer");
    const before = await headersOf(server, "petra");
    const reset = await server.inject({
      method: "PATCH",
      url: "/v1/users/petra",
      payload: { resetPassword: true },
      headers: owner,
    });
    const { user, password } = reset.json();
    expect(user.mustChangePassword).toBe(true);
    expect(password).toMatch(/^([a-z]{4}-){5}[a-z]{4}$/);
    expect((await ask("/v1/session", before)).statusCode).toBe(401);
    expect((await signIn("petra", password)).json()).toMatchObject({
      user: { mustChangePassword: true },
    });
  });

  test("that the server made up opens nothing but its own change", async () => {
    const made = await server.inject({
      ...{ method: "POST", url: "/v1/users", headers: owner },
      payload: { name: "nora", role: "owner" },
    });
    const { password } = made.json();
    const nora = { ...(await headersOf(server, "nora", password)), "x-shop": "alpha" };
    const open: string[] = [];
    const closed = operationsOf(server).filter(({ scope }) => !/public|session/.test(scope));
    for (const { id } of closed) {
      const answer = await send(server, sampleCalls("alpha")[id] as SampleCall, nora);
      if (answer.statusCode !== 403 || answer.json().code !== "password-change-required") {
        open.push(id);
      }
    }
    expect(open).toEqual([]);
    expect(closed.length).toBeGreaterThan(60);
    expect((await ask("/v1/status", nora)).json()).toMatchObject({
      detail: '"nora" has a password made up for them',
      remedy: expect.stringContaining("/admin"),
    });
    expect((await ask("/v1/session", nora)).json()).toMatchObject({ user: { name: "nora" } });
    expect((await change(nora, password, "nora's own words")).statusCode).toBe(200);
    expect((await ask("/v1/status", nora)).json()).toMatchObject({ shop: "alpha" });
    await access.users.remove("nora");
  });

  test("that the server made up can be left unchanged by signing out", async () => {
    const { password } = await access.users.create({ name: "nils", role: "viewer", shops: null });
    const nils = await headersOf(server, "nils", password ?? "");
    const left = await server.inject({ method: "DELETE", url: "/v1/session", headers: nils });
    expect(left.statusCode).toBe(204);
    expect((await ask("/v1/session", nils)).statusCode).toBe(401);
  });
});

describe("users", () => {
  const call = (method: "POST" | "PATCH" | "DELETE", url: string, payload?: object) =>
    server.inject({ method, url, headers: owner, ...(payload ? { payload } : {}) });

  test("are added, changed and removed by an owner, at once for who is signed in", async () => {
    const made = await call("POST", "/v1/users", { name: "Nina@Shop.example", role: "editor" });
    expect(made.statusCode).toBe(201);
    const { user, password } = made.json();
    expect(user).toMatchObject({ name: "nina@shop.example", shops: null, lastLoginAt: null });
    await access.users.setPassword(user.name, password, SAMPLE_PASSWORD);
    const nina = { ...(await headersOf(server, user.name)), "x-shop": "beta" };
    expect((await putRule(nina)).statusCode).toBe(200);
    await call("PATCH", "/v1/users/nina@shop.example", { role: "viewer", shops: ["alpha"] });
    expect((await putRule(nina)).json().code).toBe("not-allowed");
    expect((await ask("/v1/rules", nina)).json().code).toBe("not-allowed");
    const gone = await call("DELETE", "/v1/users/nina@shop.example");
    expect(gone.json()).toMatchObject({ name: "nina@shop.example", lastLoginAt: now });
    expect((await ask("/v1/session", nina)).statusCode).toBe(401);
    const listed = (await ask("/v1/users", owner)).json().rows as { name: string }[];
    expect(listed.map(({ name }) => name)).not.toContain("nina@shop.example");
  });

  test("have names of their own, shops that exist, and owners see every shop", async () => {
    const twice = await call("POST", "/v1/users", { name: "OLGA", role: "viewer" });
    expect(twice.json()).toMatchObject({ code: "conflict", errors: [{ pointer: "/name" }] });
    const odd = await call("POST", "/v1/users", { name: "a b", role: "viewer" });
    expect(odd.json()).toMatchObject({ status: 400, errors: [{ pointer: "/name" }] });
    const lost = await call("POST", "/v1/users", { name: "lost", role: "viewer", shops: ["none"] });
    expect(lost.json().code).toBe("unknown-shop");
    const held = await call("POST", "/v1/users", { name: "held", role: "owner", shops: ["beta"] });
    expect(held.json()).toMatchObject({ status: 400, errors: [{ pointer: "/shops" }] });
    expect((await call("PATCH", "/v1/users/nobody", { role: "viewer" })).json().code).toBe(
      "unknown-user",
    );
  });

  test("are never without an owner, even when two go at once", async () => {
    for (const answer of [
      await call("DELETE", "/v1/users/olga"),
      await call("PATCH", "/v1/users/olga", { role: "editor" }),
    ]) {
      expect(answer.json()).toMatchObject({ status: 409, code: "conflict" });
    }
    await call("POST", "/v1/users", { name: "otto", role: "owner" });
    const both = await Promise.all([
      call("DELETE", "/v1/users/olga"),
      call("DELETE", "/v1/users/otto"),
    ]);
    expect(both.map(({ statusCode }) => statusCode).sort()).toEqual([200, 409]);
    const owners = access.users.list().filter(({ role }) => role === "owner");
    expect(owners).toHaveLength(1);
  });
});
