import { describe, expect, test } from "vitest";
import { openTurnstile } from "./turnstile.ts";

/** Works that end when told to, and a clock that is set. */
function opened(atOnce: number, waitMost = 100) {
  const time = { now: 0 };
  const door = { arrivals: 0 };
  const turnstile = openTurnstile({
    ...{ atOnce, waitMost },
    arrivals: () => door.arrivals,
    now: () => time.now,
  });
  const begun: string[] = [];
  const ends = new Map<string, () => void>();
  const ask = (name: string) => {
    const answer = turnstile.pass(() => {
      begun.push(name);
      return new Promise<string>((resolve) => ends.set(name, () => resolve(name)));
    });
    answer.catch(() => undefined);
    return answer;
  };
  const settle = () => new Promise(setImmediate);
  const end = async (name: string): Promise<void> => {
    await settle();
    ends.get(name)?.();
    await settle();
    await settle(); // who waited goes in at the next turn
  };
  return { time, door, turnstile, begun, ask, end, settle };
}

describe("a turnstile", () => {
  test("lets so many in at once, and the others in the order they came", async () => {
    const { begun, ask, end } = opened(2);
    const asked = ["a", "b", "c", "d", "e"].map(ask);
    await new Promise(setImmediate);
    expect(begun).toEqual(["a", "b"]);
    await end("b");
    expect(begun).toEqual(["a", "b", "c"]);
    await end("a");
    await end("c");
    expect(begun).toEqual(["a", "b", "c", "d", "e"]);
    await end("d");
    await end("e");
    expect(await Promise.all(asked)).toEqual(["a", "b", "c", "d", "e"]);
  });

  test("turns away who waited too long, and who comes while the first in the row has", async () => {
    const { time, begun, ask, end } = opened(1);
    const first = ask("first");
    const second = ask("second");
    time.now = 60;
    const third = ask("third");
    time.now = 101;
    const overloaded = expect.objectContaining({ code: "overloaded", retryAfterSeconds: 5 });
    await expect(ask("late")).rejects.toEqual(overloaded);
    await end("first");
    await expect(second).rejects.toEqual(overloaded);
    expect(begun).toEqual(["first", "third"]);
    await end("third");
    expect(await Promise.all([first, third])).toEqual(["first", "third"]);
    const again = ask("again");
    await end("again");
    expect(await again).toBe("again");
  });

  test("goes on after a work that failed, and hands on why", async () => {
    const { turnstile } = opened(1);
    const failed = turnstile.pass(() => Promise.reject(new Error("broken")));
    const next = turnstile.pass(() => "next");
    await expect(failed).rejects.toThrow("broken");
    expect(await next).toBe("next");
    expect(() => turnstile.pass(() => "also")).not.toThrow();
  });

  test("while callers come through the door nobody goes in, until half of the time has passed", async () => {
    const { time, door, begun, ask, settle } = opened(4);
    door.arrivals = 1;
    void ask("first");
    for (let turn = 0; turn < 5; turn++) {
      door.arrivals++;
      await settle();
    }
    expect(begun).toEqual([]);
    time.now = 50;
    door.arrivals++;
    await settle();
    expect(begun).toEqual(["first"]);
    door.arrivals++;
    void ask("second");
    await settle(); // nobody came in this turn
    expect(begun).toEqual(["first", "second"]);
  });
});
