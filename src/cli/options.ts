import { InvalidArgumentError, Option } from "commander";
import { providers } from "../tensor/runtime/providers.ts";

/** Readers of option values: they refuse what they cannot read, in words. */
export function numberOption(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value))
    throw new InvalidArgumentError("Not a number.");
  return value;
}

export function wholeOption(text: string): number {
  const value = numberOption(text);
  if (!Number.isSafeInteger(value)) throw new InvalidArgumentError("Not a whole number.");
  return value;
}

/** "5,10,20" */
export function wholeListOption(text: string): readonly number[] {
  return text.split(",").map(wholeOption);
}

/** "a,b" as ids; may be given several times. */
export function idsOption(text: string, before: readonly string[]): readonly string[] {
  return [...before, ...text.split(",").filter((id) => id !== "")];
}

/** One more of an option that may be given several times. */
export function oneMore(text: string, before: readonly string[]): readonly string[] {
  return [...before, text];
}

/** Who computes, for what this process opens; a server that runs already is held to it, not changed. */
export const providerOption = (): Option =>
  new Option("--provider <name>", "who computes networks (compute.provider)").choices(providers);
