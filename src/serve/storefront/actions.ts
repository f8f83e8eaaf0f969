import { randomUUID } from "node:crypto";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { askedPriceMinor } from "../../collect/item.ts";
import { problem } from "../../errors.ts";
import { shopId } from "../../schema.ts";
import { DEMO } from "../pages/demo.ts";
import { type Front, visitOf } from "./front.ts";
import type { Orders } from "./orders.ts";
import { availableOf, itemPath } from "./parts.ts";
import {
  type CartLine,
  idsOf,
  keepVisitor,
  LINES_MOST,
  QUANTITY_MOST,
  visitorOf,
} from "./visitor.ts";

/** What the forms of the shop do: a form is answered with a page, a script with what is so now. */
const from = z.string().regex(/^[\w-]{0,64}$/, "letters, digits and hyphens, at most 64");
const session = z.union([z.literal(""), shopId]).optional();
const amount = z.coerce.number().int().min(1).max(QUANTITY_MOST).default(1);

const cartForm = z.object({
  item: shopId,
  change: z.enum(["add", "set", "drop"]),
  quantity: amount,
  from: from.optional(),
});
const likedForm = z.object({ item: shopId });
const whoForm = z.object({ be: shopId });
const orderForm = z.object({ session });
const reviewForm = z.object({
  item: shopId,
  rating: z.coerce.number().int().min(1).max(5),
  text: z.string().trim().min(1).max(2_000),
  session,
});

type Act<Form> = (asked: Asked<Form>) => Promise<FastifyReply>;

interface Asked<Form> {
  readonly front: Front;
  readonly orders: Orders;
  readonly form: Form;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

export function addActions(server: FastifyInstance, front: Front, orders: Orders): void {
  const act = <Form>(path: string, body: z.ZodType<Form>, run: Act<Form>): void => {
    const options = { schema: { hide: true, body }, config: { scope: "public" as const } };
    server.post(path, options, async (request, reply) =>
      run({ front, orders, form: request.body as Form, request, reply }),
    );
  };
  act("/shop/cart", cartForm, changeCart);
  act("/shop/liked", likedForm, toggleLiked);
  act("/shop/shoppers", whoForm, beAnother);
  act("/shop/checkout", orderForm, placeOrder);
  act("/shop/reviews", reviewForm, writeReview);
}

const changeCart: Act<z.infer<typeof cartForm>> = async ({ front, form, request, reply }) => {
  const visitor = visitorOf(request);
  const catalogue = await front.platform.catalogues.of(DEMO);
  const others = visitor.cart.filter(({ item }) => item !== form.item);
  const before = visitor.cart.find(({ item }) => item === form.item);
  const cart = form.change === "drop" ? others : [...others, changedLine(before, form)];
  if (form.change !== "drop") {
    const entry = catalogue.item(form.item);
    if (entry === undefined || askedPriceMinor(entry) === undefined) throw unknown(form.item);
    if (availableOf(entry, 1) === 0) throw wrong("/item", "is sold out: choose another");
    if (cart.length > LINES_MOST) {
      throw problem("limit-reached", `the cart holds ${LINES_MOST} items: take one out`);
    }
  }
  keepVisitor(reply, { ...visitor, cart }, ["who", "cart"]);
  const count = cart.reduce((sum, { quantity }) => sum + quantity, 0);
  return wantsJson(request) ? reply.send({ count }) : reply.redirect("/shop/cart", 303);
};

function changedLine(before: CartLine | undefined, form: z.infer<typeof cartForm>): CartLine {
  const more = form.change === "add" ? (before?.quantity ?? 0) : 0;
  return {
    item: form.item,
    quantity: Math.min(QUANTITY_MOST, form.quantity + more),
    request: form.from || before?.request,
  };
}

const toggleLiked: Act<z.infer<typeof likedForm>> = async ({ front, form, request, reply }) => {
  const visitor = visitorOf(request);
  const catalogue = await front.platform.catalogues.of(DEMO);
  if (catalogue.item(form.item) === undefined) throw unknown(form.item);
  const others = visitor.liked.filter((item) => item !== form.item);
  const isLiked = others.length === visitor.liked.length;
  const liked = isLiked ? [...others, form.item] : others;
  keepVisitor(reply, { ...visitor, liked }, ["who", "liked"]);
  return wantsJson(request) ? reply.send({ isLiked }) : reply.redirect(itemPath(form.item), 303);
};

/** Somebody new is a new id of this browser; what was in the cart belongs to who put it there. */
const beAnother: Act<z.infer<typeof whoForm>> = async ({ form, request, reply }) => {
  const visitor = visitorOf(request);
  const own = form.be === "new" ? randomUUID() : visitor.own;
  const shopper = form.be === "new" || form.be === "me" ? undefined : form.be;
  const other = { ...visitor, own, shopper, cart: [], liked: [] };
  keepVisitor(reply, other, ["who", "cart", "liked"]);
  return reply.redirect("/shop", 303);
};

const placeOrder: Act<z.infer<typeof orderForm>> = async (asked) => {
  const { front, orders, form, request, reply } = asked;
  const visitor = visitorOf(request);
  const visit = await visitOf(front, request, visitor);
  const order = await orders.place(visit, form.session || undefined);
  if (order === undefined) return reply.redirect("/shop/cart", 303);
  keepVisitor(reply, { ...visitor, cart: [] }, ["who", "cart"]);
  return reply.redirect(`/shop/thanks?order=${order}`, 303);
};

const writeReview: Act<z.infer<typeof reviewForm>> = async ({ front, form, request, reply }) => {
  const visitor = visitorOf(request);
  const { platform } = front;
  const catalogue = await platform.catalogues.of(DEMO);
  if (catalogue.item(form.item) === undefined) throw unknown(form.item);
  const { rating, text, item } = form;
  const context = { surface: "item", rating, text, locale: visitor.locale };
  const said = { ...idsOf(visitor), name: "review", items: [{ item }], context };
  const session = form.session ? { session: form.session } : {};
  const { rejected } = await platform.collect.events(DEMO, [{ ...said, ...session }]);
  const [refused] = rejected;
  if (refused) throw problem(refused.code, refused.detail, { errors: refused.errors });
  keepVisitor(reply, visitor, ["who"]);
  return reply.redirect(`${itemPath(item)}#reviews`, 303);
};

const wantsJson = ({ headers }: FastifyRequest): boolean =>
  (headers.accept ?? "").includes("application/json");

const unknown = (item: string): Error =>
  problem("unknown-item", `"${item}" is not in the catalogue`);

const wrong = (pointer: string, detail: string): Error =>
  problem("invalid-request", `${pointer}: ${detail}`, { errors: [{ pointer, detail }] });
