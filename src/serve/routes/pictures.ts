import { z } from "zod";
import { shopId } from "../../schema.ts";
import { type Route, route } from "../http/route.ts";
import { pictureSchema, removePicture, sendPicture, takePicture } from "../pictures.ts";

const path = "/v1/items/:group/picture";
const params = z.object({ group: shopId.describe("The group; an item without one is its own") });

export const pictureRoutes: readonly Route[] = [
  route({
    method: "PUT",
    path,
    id: "putPicture",
    tag: "items",
    summary: "Upload the picture of an item",
    about:
      "JPEG, PNG or WebP as it is; written anew, at most 640 pixels a side, without anything else that was in the file. The item then stands beside what looks like it.",
    scope: "secret",
    audit: "users",
    shop: "required",
    slow: true,
    consumes: ["image/jpeg", "image/png", "image/webp"],
    params,
    answer: pictureSchema,
    problems: ["unknown-item", "invalid-picture", "limit-reached", "storage-full"],
    run: ({ platform, shop, path: { group }, request }) =>
      takePicture(platform, shop, group, request),
  }),
  route({
    method: "GET",
    path,
    id: "getPicture",
    tag: "items",
    summary: "Get the picture of an item",
    about: "As WebP.",
    scope: "secret",
    shop: "required",
    produces: "image/webp",
    params,
    problems: ["unknown-picture"],
    run: ({ platform, shop, path: { group } }) =>
      sendPicture(platform, shop, group) as Promise<never>,
  }),
  route({
    method: "DELETE",
    path,
    id: "removePicture",
    tag: "items",
    summary: "Remove the picture of an item",
    scope: "secret",
    audit: "users",
    shop: "required",
    status: 204,
    params,
    problems: ["unknown-picture"],
    run: ({ platform, shop, path: { group } }) => removePicture(platform, shop, group),
  }),
];
