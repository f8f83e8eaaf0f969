import { afterEach, describe, expect, test, vi } from "vitest";
import { chooseProvider, notAsAsked } from "./choose-provider.ts";

const WORDS = "/src/webgpu_context.cc:136 adapter was false. No supported adapters\nat line 1";

/** This module as it is on another machine: its native runtime opens what `opens` says. */
async function elsewhere(opens: (providers: readonly string[]) => void) {
  vi.resetModules();
  vi.doMock("./session.ts", async (real) => {
    const { openNativeSession } = await real<typeof import("./session.ts")>();
    const open: typeof openNativeSession = async (model, options, wanted) => {
      opens(wanted);
      return openNativeSession(model, options, ["cpu"]);
    };
    return { openNativeSession: open };
  });
  return import("./choose-provider.ts");
}

afterEach(() => {
  vi.doUnmock("./session.ts");
  vi.resetModules();
});

describe("the provider in use", () => {
  test.each(["cpu", "wasm"] as const)("is %s where it is asked for and here", async (asked) => {
    expect(await chooseProvider(asked, 1)).toEqual({ asked, inUse: asked, fallbacks: [] });
  });

  test("is the card that is there", async () => {
    const { chooseProvider: choose } = await elsewhere(() => undefined);
    const found = await choose("webgpu", 1);
    expect(found).toEqual({ asked: "webgpu", inUse: "webgpu", fallbacks: [] });
  });

  test.each(["webgpu", "cuda"] as const)("is the processor where there is no %s", async (asked) => {
    const { chooseProvider: choose } = await elsewhere(([first]) => {
      if (first !== "cpu") throw new Error(WORDS);
    });
    const found = await choose(asked, 1);
    const fallbacks = [{ provider: asked, why: "No supported adapters" }];
    expect(found).toMatchObject({ asked, inUse: "cpu", fallbacks });
    const said = notAsAsked(found);
    expect(said).toContain(`computed by cpu, not by ${asked}`);
    expect(said).toContain(`no ${asked}: No supported adapters. It takes `);
    expect(said).toContain("Or set compute.provider to cpu.");
  });

  test("is WebAssembly where the native runtime has no binary", async () => {
    const { chooseProvider: choose } = await elsewhere(() => {
      throw new Error("Cannot find module 'onnxruntime_binding.node'");
    });
    const found = await choose("webgpu", 1);
    expect(found.inUse).toBe("wasm");
    expect(found.fallbacks.map(({ provider }) => provider)).toEqual(["webgpu", "cpu"]);
  });
});
