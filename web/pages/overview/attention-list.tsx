import { Badge, Box, Group, Stack, Text } from "@mantine/core";
import type { JSX } from "react";
import type { Attention } from "../../../client/src/made/schemas.ts";
import { Nothing, Sheet } from "../../ui/frame.tsx";
import { PageLink } from "../../ui/links.tsx";
import { useWords } from "../../ui/words.ts";
import { OVERVIEW_WORDS } from "./overview.words.ts";

interface Place {
  readonly to: string;
  readonly search?: Readonly<Record<string, string>>;
}

const atStage = (stage: string): Place => ({ to: "/pipeline", search: { stage } });

/** Where each is mended; what is mended outside of here has none. */
const MENDED: Readonly<Record<Attention["code"], Place | undefined>> = {
  "no-items": { to: "/items" },
  "no-events": atStage("collect"),
  "silent-hours": atStage("collect"),
  "no-model": atStage("train"),
  "old-model-days": atStage("train"),
  quarantined: atStage("clean"),
  "job-failed": { to: "/pipeline" },
  "webhook-parked": { to: "/settings", search: { part: "webhooks" } },
  "wrong-in-lists": undefined,
  "without-price": { to: "/items" },
  "without-picture": { to: "/items" },
  "out-of-stock": { to: "/items", search: { stock: "out" } },
  "disk-free-bytes": undefined,
};

/** What somebody should look at, each with the way there. */
export function AttentionList({
  attention,
}: {
  readonly attention: readonly Attention[];
}): JSX.Element {
  const words = useWords(OVERVIEW_WORDS);
  return (
    <Sheet title={words.attention} about={words.attentionNote}>
      {attention.length === 0 ? (
        <Nothing title={words.allWell}>{words.allWellNote}</Nothing>
      ) : (
        <Stack component="ul" gap="md" m={0} p={0} style={{ listStyle: "none" }}>
          {attention.map((one) => (
            <Concern key={one.code} concern={one} />
          ))}
        </Stack>
      )}
    </Sheet>
  );
}

function Concern({ concern }: { readonly concern: Attention }): JSX.Element {
  const words = useWords(OVERVIEW_WORDS);
  const { code, level, count, examples } = concern;
  const place = MENDED[code];
  return (
    <Group component="li" gap="sm" wrap="nowrap" align="flex-start">
      <Badge variant={level === "act" ? "filled" : "default"} mt={2} style={{ flexShrink: 0 }}>
        {words.levels[level]}
      </Badge>
      <Box>
        <Text>{words.codes[code](count)}</Text>
        <Group gap="sm">
          {place === undefined ? null : (
            <PageLink to={place.to} {...(place.search && { search: place.search })}>
              {words.mend}
            </PageLink>
          )}
          {examples.length === 0 ? null : <Examples concern={concern} />}
        </Group>
      </Box>
    </Group>
  );
}

function Examples({ concern: { code, examples } }: { readonly concern: Attention }): JSX.Element {
  const words = useWords(OVERVIEW_WORDS);
  const place = (id: string): Place => {
    if (code === "job-failed") return { to: "/pipeline", search: { job: id } };
    if (code !== "webhook-parked") return { to: `/items/${encodeURIComponent(id)}` };
    // A delivery is named by its webhook and a number.
    return { to: "/settings", search: { part: "webhooks", webhook: id.split(".")[0] ?? "" } };
  };
  return (
    <Group gap={6} fz="sm" c="dimmed">
      {words.such}
      {examples.slice(0, 3).map((id) => {
        const { to, search } = place(id);
        return (
          <PageLink key={id} to={to} {...(search && { search })}>
            {id.length > 18 ? `${id.slice(0, 16)}…` : id}
          </PageLink>
        );
      })}
    </Group>
  );
}
