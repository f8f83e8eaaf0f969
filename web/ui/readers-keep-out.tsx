import type { JSX } from "react";
import { usePlace } from "./api.ts";

/** What only those may see who may change things. */
export function ReadersKeepOut({
  children,
}: {
  readonly children: JSX.Element;
}): JSX.Element | null {
  const { user } = usePlace();
  return user.role === "viewer" ? null : children;
}
