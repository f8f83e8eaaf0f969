import type { Plan } from "./shop.ts";
export function draw(_plan: Plan, _variant: number): string {
  return "";
}
