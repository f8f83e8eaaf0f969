import { Anchor } from "@mantine/core";
import {
  createRootRoute,
  createRoute,
  createRouter,
  Link,
  Navigate,
  Outlet,
  RouterProvider,
} from "@tanstack/react-router";
import { createContext, type JSX, use, useMemo } from "react";
import { openAdminClient, PlaceContext } from "../ui/api.ts";
import { Nothing } from "../ui/frame.tsx";
import { usePathPart } from "../ui/links.tsx";
import { type Language, useWords } from "../ui/words.ts";
import { pages } from "./pages.ts";
import type { Session } from "./session.ts";
import { Shell } from "./shell.tsx";

const WORDS = {
  en: {
    noShop: "No shop yet",
    noShopNote: "Open one with `shopkeeper shops create`, or start the demo with `npm start`.",
    noPage: "There is no such page",
    noPageNote: "The bar on the left names those there are.",
    notYours: "This shop is not among yours",
    yours: "Those you may see:",
  },
  zh: {
    noShop: "还没有店铺",
    noShopNote: "用 `shopkeeper shops create` 开一家，或用 `npm start` 启动演示店。",
    noPage: "没有这个页面",
    noPageNote: "左侧栏列出了所有页面。",
    notYours: "你没有这家店铺的权限",
    yours: "你可以查看：",
  },
};

interface Opened {
  readonly session: Session;
  readonly setLanguage: (language: Language) => void;
}

const OpenedContext = createContext<Opened | undefined>(undefined);

function useOpened(): Opened {
  const opened = use(OpenedContext);
  if (opened === undefined) throw new Error("the pages stand inside");
  return opened;
}

/** Everything behind the door: the pages of the shop that the address names. */
export function Inside(opened: Opened): JSX.Element {
  return (
    <OpenedContext value={opened}>
      <RouterProvider router={router} />
    </OpenedContext>
  );
}

const root = createRootRoute({ component: Outlet, notFoundComponent: FirstShop });
const shopRoute = createRoute({
  getParentRoute: () => root,
  path: "/$shop",
  component: OfShop,
  notFoundComponent: NoPage,
});
const pageRoutes = pages.map(({ path, Content }) =>
  createRoute({ getParentRoute: () => shopRoute, path, component: Content }),
);
const firstOfShop = createRoute({
  getParentRoute: () => shopRoute,
  path: "/",
  component: FirstPage,
});
const first = createRoute({ getParentRoute: () => root, path: "/", component: FirstShop });

const router = createRouter({
  routeTree: root.addChildren([first, shopRoute.addChildren([firstOfShop, ...pageRoutes])]),
  basepath: "/admin",
  defaultPreload: "intent",
  scrollRestoration: true,
  defaultNotFoundComponent: NoPage,
});

/** Fetches the code of the page that the address names. */
export const loaded = (): Promise<void> => router.load();

function FirstShop(): JSX.Element {
  const { session } = useOpened();
  const words = useWords(WORDS);
  const shop = session.shops[0];
  if (!shop) return <Nothing title={words.noShop}>{words.noShopNote}</Nothing>;
  return <Navigate to={overviewOf(shop.id)} replace />;
}

function FirstPage(): JSX.Element {
  return <Navigate to={overviewOf(usePathPart("shop"))} replace />;
}

const overviewOf = (shop: string): string => `/${encodeURIComponent(shop)}${pages[0]?.path ?? ""}`;

function NoPage(): JSX.Element {
  const words = useWords(WORDS);
  return <Nothing title={words.noPage}>{words.noPageNote}</Nothing>;
}

function OfShop(): JSX.Element {
  const { session, setLanguage } = useOpened();
  const id = usePathPart("shop");
  const shop = session.shops.find((known) => known.id === id);
  const place = useMemo(
    () => shop && { shop, client: openAdminClient(shop.id), user: session.user },
    [shop, session.user],
  );
  const words = useWords(WORDS);
  if (!place) {
    return (
      <Nothing title={words.notYours}>
        {words.yours}
        {session.shops.map(({ id: other, name }) => (
          <Anchor
            key={other}
            inherit
            ml="xs"
            renderRoot={(props: object) => <Link {...props} to={overviewOf(other)} />}
          >
            {name}
          </Anchor>
        ))}
      </Nothing>
    );
  }
  return (
    <PlaceContext value={place} key={place.shop.id}>
      <Shell session={session} setLanguage={setLanguage}>
        <Outlet />
      </Shell>
    </PlaceContext>
  );
}
