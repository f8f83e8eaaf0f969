import { Anchor } from "@mantine/core";
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import type { JSX, ReactNode } from "react";
import { usePlace } from "./api.ts";

/** Where a page of the shop is: `/items/a-1` becomes `/admin/<shop>/items/a-1`. */
const addressOf = (shop: string, path: string): string => `/${encodeURIComponent(shop)}${path}`;

/** A link to another page of this shop. */
export function PageLink({
  to,
  search,
  children,
}: {
  readonly to: string;
  readonly search?: Readonly<Record<string, string>>;
  readonly children: ReactNode;
}): JSX.Element {
  const { shop } = usePlace();
  return (
    <Anchor
      inherit
      renderRoot={(props: object) => (
        <Link {...props} to={addressOf(shop.id, to)} search={(search ?? {}) as never} />
      )}
    >
      {children}
    </Anchor>
  );
}

/** Goes to another page of this shop. */
export function useGo(): (to: string, search?: Readonly<Record<string, string>>) => void {
  const { shop } = usePlace();
  const navigate = useNavigate();
  return (to, search = {}) =>
    void navigate({ to: addressOf(shop.id, to), search: search as never });
}

/** A part of the page's path, e.g. the item of `/items/$item`. */
export function usePathPart(name: string): string {
  const parts = useParams({ strict: false }) as Readonly<Record<string, string | undefined>>;
  return parts[name] ?? "";
}

type Values = Readonly<Record<string, string | undefined>>;

/** All that stands in the address behind the question mark; a value that is "" is taken out of it. */
export function useAddress(): readonly [Values, (changes: Values) => void] {
  const search = useSearch({ strict: false }) as Readonly<Record<string, unknown>>;
  const navigate = useNavigate();
  const texts = Object.fromEntries(
    Object.entries(search).map(([name, value]) => [name, String(value)]),
  );
  const set = (changes: Values): void => {
    const changed = Object.entries({ ...search, ...changes }).filter(
      ([, value]) => value !== undefined && value !== "",
    );
    void navigate({ to: ".", search: Object.fromEntries(changed) as never, replace: true });
  };
  return [texts, set];
}

/**
 * State that stands in the address, so that a link to the page shows the same. Its default is left
 * out of the address.
 */
export function useAddressState(
  name: string,
  fallback: string = "",
): readonly [string, (value: string) => void] {
  const [values, set] = useAddress();
  return [
    values[name] ?? fallback,
    (next) => set({ [name]: next === fallback ? undefined : next }),
  ];
}
