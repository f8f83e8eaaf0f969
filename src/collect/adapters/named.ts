import type { Adapter } from "../importing.ts";
import { amazonBeauty } from "./amazon-beauty.ts";
import { amazonSports } from "./amazon-sports.ts";
import { digineticaSessions } from "./diginetica-sessions.ts";
import { movielens1m } from "./movielens-1m.ts";
import { movielens100k } from "./movielens-100k.ts";
import { onlineRetail } from "./online-retail.ts";
import { retailrocketBehaviour } from "./retailrocket-behaviour.ts";
import { tafengBaskets } from "./tafeng-baskets.ts";
import { yoochoose100k } from "./yoochoose-100k.ts";

/** The published data sets that can be imported by name, as `shopkeeper import --help` lists them. */
export const adapters: readonly Adapter[] = [
  movielens1m,
  movielens100k,
  amazonBeauty,
  amazonSports,
  retailrocketBehaviour,
  digineticaSessions,
  yoochoose100k,
  tafengBaskets,
  onlineRetail,
];
