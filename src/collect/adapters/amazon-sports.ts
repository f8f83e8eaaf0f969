import type { Adapter } from "../importing.ts";
import { amazon } from "./amazon.ts";

export const amazonSports: Adapter = amazon(
  "amazon-sports",
  "Amazon Sports and Outdoors 5-core: 296,337 reviews in order, 18,357 items (research only)",
);
