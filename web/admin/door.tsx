import { Center, Loader } from "@mantine/core";
import { queryOptions, useQuery, useQueryClient } from "@tanstack/react-query";
import { type JSX, useState } from "react";
import type { Language } from "../ui/words.ts";
import { Login } from "./login.tsx";
import { NewPassword } from "./new-password.tsx";
import { currentSession, SESSION, type Session } from "./session.ts";

/**
 * The code of what is inside, fetched while the server is asked who comes. It is no `lazy` component:
 * React shows what was waited for no sooner than 300 ms after it has shown that it waits.
 */
const INSIDE = queryOptions({
  queryKey: ["inside"],
  staleTime: Number.POSITIVE_INFINITY,
  structuralSharing: false,
  queryFn: async () => {
    const { Inside, loaded } = await import("./inside.tsx");
    await loaded();
    return Inside;
  },
});

/** The way in: the login for who is not in, their own password first, the admin for who is. */
export function Door({
  setLanguage,
}: {
  readonly setLanguage: (language: Language) => void;
}): JSX.Element {
  const queries = useQueryClient();
  const session = useQuery({ queryKey: SESSION, queryFn: currentSession, staleTime: 60_000 });
  const inside = useQuery(INSIDE);
  const [given, setGiven] = useState<string | undefined>(undefined);
  const become = (now: Session | null, password?: string): void => {
    setGiven(now?.user.mustChangePassword ? password : undefined);
    queries.setQueryData(SESSION, now);
  };
  if (inside.error) throw inside.error;
  if (session.isPending) return <Waiting />;
  const { data, error } = session;
  if (!data) return <Login error={error} entered={become} setLanguage={setLanguage} />;
  if (data.user.mustChangePassword) {
    return <NewPassword session={data} given={given} changed={become} setLanguage={setLanguage} />;
  }
  if (!inside.data) return <Waiting />;
  const Inside = inside.data;
  return <Inside session={data} setLanguage={setLanguage} />;
}

const Waiting = (): JSX.Element => (
  <Center mih="100dvh">
    <Loader aria-label="…" />
  </Center>
);
