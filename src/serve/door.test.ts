import { mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openDoor, readDoor } from "./door.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "shopkeeper-door-"));
});
afterEach(() => rm(folder, { recursive: true }));

const door = { url: "http://127.0.0.1:1", pid: 42, token: "lk_a" };

test("a door is for its owner alone, and is gone when it is shut", async () => {
  expect(await readDoor(folder)).toBeUndefined();
  const shut = await openDoor(folder, door);
  expect(await readDoor(folder)).toEqual(door);
  expect((await stat(join(folder, "server.json"))).mode & 0o777).toBe(0o600);
  await shut();
  expect(await readdir(folder)).toEqual([]);
});

test("a door that another server has opened since stays open", async () => {
  const shut = await openDoor(folder, door);
  await openDoor(folder, { ...door, pid: 43, token: "lk_b" });
  await shut();
  expect((await readDoor(folder))?.pid).toBe(43);
});

test("a door that was torn is no door", async () => {
  await writeFile(join(folder, "server.json"), '{"url":');
  expect(await readDoor(folder)).toBeUndefined();
});
