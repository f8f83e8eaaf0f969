import {
  type QueryKey,
  type UseMutationResult,
  type UseQueryResult,
  useMutation,
  useQuery,
  useQueryClient,
} from "@tanstack/react-query";
import { createContext, useContext } from "react";
import { openClient, type Shopkeeper } from "../../client/src/index.ts";

/**
 * The server, asked with the session's cookie. The header tells the server that this page asks,
 * which no other site's page can make a browser say.
 */
export const openAdminClient = (shop: string | undefined): Shopkeeper =>
  openClient({
    url: location.origin,
    ...(shop === undefined ? {} : { shop }),
    repeatsMost: 1,
    surroundings: { fetch: askAsAdmin },
  });

export function askAsAdmin(address: RequestInfo | URL, init: RequestInit = {}): Promise<Response> {
  const headers = new Headers(init.headers);
  headers.set("x-shopkeeper", "admin");
  return fetch(address, { ...init, headers, credentials: "same-origin" });
}

export interface Shop {
  readonly id: string;
  readonly name: string;
}

export interface Place {
  readonly shop: Shop;
  readonly client: Shopkeeper;
  readonly user: { readonly name: string; readonly role: "owner" | "editor" | "viewer" };
}

export const PlaceContext = createContext<Place | undefined>(undefined);

/** The shop that is looked at, who looks, and how the server is asked about it. */
export function usePlace(): Place {
  const place = useContext(PlaceContext);
  if (place === undefined) throw new Error("a page stands in a place");
  return place;
}

export interface AskOptions {
  /** Asked again after so long while the page is looked at. @unit ms */
  readonly everyMs?: number;
  readonly enabled?: boolean;
}

/**
 * What the server answers, kept under a key that begins with the shop.
 * `useAsk(["models"], (client) => client.models.listModels())`
 */
export function useAsk<Answer>(
  key: QueryKey,
  ask: (client: Shopkeeper, signal: AbortSignal) => Promise<Answer>,
  { everyMs, enabled = true }: AskOptions = {},
): UseQueryResult<Answer, Error> {
  const { client, shop } = usePlace();
  return useQuery({
    queryKey: [shop.id, ...key],
    queryFn: ({ signal }) => ask(client, signal),
    enabled,
    ...(everyMs === undefined ? {} : { refetchInterval: everyMs }),
  });
}

/** A change at the server; what was asked under `touches` is asked again afterwards. */
export function useChange<Given, Answer>(
  change: (client: Shopkeeper, given: Given) => Promise<Answer>,
  touches: readonly QueryKey[] = [],
): UseMutationResult<Answer, Error, Given> {
  const { client, shop } = usePlace();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (given: Given) => change(client, given),
    onSuccess: async () => {
      const stale = touches.map((key) =>
        queries.invalidateQueries({ queryKey: [shop.id, ...key] }),
      );
      await Promise.all(stale);
    },
  });
}
