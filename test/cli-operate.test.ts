import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runIn } from "../src/cli/main.ts";
import type { Terminal } from "../src/cli/terminal/terminal.ts";
import { type TestPlatform, testPlatform } from "../src/serve/conformance/memory-platform.ts";
import { type Listening, listen, newLocalToken, openServer } from "../src/serve/server.ts";

/** The commands of who runs the installation, as clients of a server that listens. */
let platform: TestPlatform;
let listening: Listening;
let receiver: Server;

beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), "shopkeeper-operate-"));
  platform = await testPlatform({ folder, server: { port: 0 }, webhooks: { allowPrivate: true } });
  await platform.shops.ensure("tea");
  const token = newLocalToken();
  listening = await listen(await openServer(platform, { localToken: token }), platform, token);
  receiver = createServer((_request, response) => response.writeHead(204).end());
  await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
});
afterAll(async () => {
  await listening.stop();
  receiver.close();
  await rm(platform.config.folder, { recursive: true });
});

interface Said {
  readonly code: number;
  readonly out: string;
  readonly notes: string;
}

async function type(line: string): Promise<Said> {
  const said = { out: "", notes: "" };
  const terminal: Terminal = {
    out: (text) => {
      said.out += `${text}\n`;
    },
    note: (text) => {
      said.notes += `${text}\n`;
    },
    live: () => undefined,
    ...{ watched: false, answers: false, env: {}, signal: new AbortController().signal },
    ask: async () => "",
  };
  const code = await runIn(terminal, [...line.split(" "), "--data", platform.config.folder]);
  return { code, ...said };
}

describe("users", () => {
  test("are added with a password shown once, listed, changed and removed", async () => {
    await type("users add first --role owner");
    const added = await type("users add Anna@Tea --role editor --shops tea");
    expect(added.out).toMatch(/^name {6}anna@tea\nrole {6}editor\npassword {2}\S{12,}/);
    const listed = await type("users");
    expect(listed.out).toMatch(/anna@tea\s+editor\s+tea/);
    expect(listed.out).not.toContain(/password {2}(\S+)/.exec(added.out)?.[1]);
    expect((await type("users role anna@tea --role viewer --all-shops")).out).toMatch(
      /anna@tea\s+viewer\s+\(all\)/,
    );
    const [first, second] = [added, await type("users password anna@tea")].map(
      ({ out }) => /password {2}(\S+)/.exec(out)?.[1],
    );
    expect(second).toEqual(expect.any(String));
    expect(second).not.toBe(first);
    expect((await type("users remove anna@tea")).code).toBe(0);
    const rows = await type("users list --json");
    expect(JSON.parse(rows.out)).toMatchObject([{ name: "first", role: "owner" }]);
    expect((await type("users remove first")).notes).toContain("is the last owner");
  });

  test.each([
    ["users add Ä", 1, "invalid-request"],
    ["users add anna --shops nowhere", 1, "unknown-shop"],
    ["users role nobody --role viewer", 1, "unknown-user"],
    ["users role nobody", 1, "nothing to change"],
    ["users role nobody --shops tea --all-shops", 1, "--all-shops means every one"],
    ["users remove nobody", 1, "unknown-user"],
    ["users add anna --role king", 1, "Allowed choices are owner, editor, viewer"],
  ])("%s is refused in words", async (line, code, words) => {
    const said = await type(line);
    expect(said.code).toBe(code);
    expect(said.notes).toContain(words);
  });
});

describe("webhooks", () => {
  test("are added, tested, looked at and removed", async () => {
    const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`;
    const added = await type(`webhooks add ${url} --kinds rules.changed,model.promoted`);
    expect(added.out).toMatch(/^whsec_\S+\nIt is shown this once/);
    const [webhook] = JSON.parse((await type("webhooks --json")).out);
    expect(webhook).toMatchObject({ url, kinds: ["rules.changed", "model.promoted"] });
    expect((await type(`webhooks test ${webhook.id}`)).out).toMatch(/test\s+\S+ \S+\s+delivered/);
    expect((await type(`webhooks deliveries ${webhook.id}`)).out).toMatch(/delivered\s+1\s+204/);
    expect((await type(`webhooks remove ${webhook.id}`)).out).toContain("told nothing any more");
    expect((await type("webhooks")).out).toContain("no webhooks yet");
  });

  test("of a kind that is none are refused with what there is", async () => {
    const said = await type("webhooks add https://shop.example/ --kinds rain");
    expect(said.code).toBe(1);
    expect(said.notes).toContain("/kinds/0");
  });
});

describe("the schedule of trainings", () => {
  test("is the server's until the shop has its own, one part at a time", async () => {
    expect((await type("schedule")).out).toMatch(
      /goes on +never, as the server's.*\nlearns .* never, as the server's/,
    );
    const set = await type("schedule --every 6");
    expect(set.out).toMatch(
      /goes on +every 6 h, for this shop, next 20.*\nlearns .* never, as the server's/,
    );
    const both = await type("schedule --full-every 168 --json");
    expect(JSON.parse(both.out)).toMatchObject({ own: { everyHours: 6, fullEveryHours: 168 } });
    const back = await type("schedule --every server --full-every 0");
    expect(back.out).toMatch(/goes on +never, as the server's.*\nlearns .* never, for this shop/);
  });

  test.each([
    ["schedule --every -1", "/everyHours"],
    ["schedule --every often", "Not a number."],
  ])("%s is refused in words", async (line, words) => {
    const said = await type(line);
    expect(said.code).toBe(1);
    expect(said.notes).toContain(words);
  });
});

describe("retention", () => {
  test("is shown, previewed, set, applied and certified", async () => {
    expect((await type("retention")).out).toMatch(/events of shoppers +for ever/);
    const at = platform.clock() - 40 * 86_400_000;
    const event = { name: "item_view", shopper: "ada", items: [{ item: "t" }], at };
    await platform.collect.events("tea", [event, { ...event, at: at + 35 * 86_400_000 }]);
    const preview = await type("retention preview --shopper-days 30");
    expect(preview.out).toMatch(/of shoppers +1 of 2 events would go, the oldest from 2025-/);
    const set = await type("retention set --shopper-days 30 --personalise no");
    expect(set.out).toMatch(/events of shoppers +30 days/);
    expect(set.out).toMatch(/is counted in figures\n +does not get personal lists/);
    expect((await type("retention apply")).notes).toContain("add --yes");
    expect((await type("retention apply --yes")).out).toMatch(/certificate.*\n.*yes/);
    expect(await platform.storage.log.count("tea")).toBe(1);
    expect((await type("retention apply --yes")).out).toBe("nothing is too old\n");
    expect((await type("retention certificates --json")).out).toContain('"shopperEvents": 1');
    expect((await type("retention set --shopper-days ever")).out).toMatch(/shoppers +for ever/);
  });

  test.each([
    ["retention set", "nothing to change"],
    ["retention set --shopper-days 0", "/shopperDays"],
    ["retention set --measure maybe", "Say yes or no."],
  ])("%s is refused in words", async (line, words) => {
    const said = await type(line);
    expect(said.code).toBe(1);
    expect(said.notes).toContain(words);
  });
});
