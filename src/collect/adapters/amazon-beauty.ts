import type { Adapter } from "../importing.ts";
import { amazon } from "./amazon.ts";

export const amazonBeauty: Adapter = amazon(
  "amazon-beauty",
  "Amazon Beauty 5-core: 198,502 reviews in order, 12,101 items (research only)",
);
