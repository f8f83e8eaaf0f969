import { Alert, Badge, Button, Group, Stack } from "@mantine/core";
import { type JSX, useState } from "react";
import type { ErasureCertificate, ShopperProfile } from "../../../client/src/made/schemas.ts";
import { useAsk, useChange } from "../../ui/api.ts";
import { ConfirmButton } from "../../ui/confirm-button.tsx";
import { moment, whole } from "../../ui/format.ts";
import { Answered, Page, Sheet } from "../../ui/frame.tsx";
import { PageLink, usePathPart } from "../../ui/links.tsx";
import { ProblemNote } from "../../ui/problem-note.tsx";
import { ReadersKeepOut } from "../../ui/readers-keep-out.tsx";
import { EVENTS, named } from "../../ui/scene-words.ts";
import { DataTable, saveFile } from "../../ui/table.tsx";
import { useLanguage, useWords } from "../../ui/words.ts";
import { Forecast } from "./forecast.tsx";
import { ListsNow } from "./lists-now.tsx";
import { SHOPPER_WORDS } from "./words.ts";

const TIMELINE = 100;

/** One shopper: what they did, what they will probably do, and what they are shown. */
export function ShopperPage(): JSX.Element {
  const words = useWords(SHOPPER_WORDS);
  const id = usePathPart("shopper");
  const [certificate, setCertificate] = useState<ErasureCertificate | undefined>(undefined);
  const profile = useAsk(
    ["shoppers", "one", id],
    (client) => client.shoppers.getShopper(id, { limit: TIMELINE }),
    { enabled: certificate === undefined },
  );
  if (certificate) return <Erased certificate={certificate} />;
  return (
    <Stack>
      <PageLink to="/shoppers">{words.back}</PageLink>
      {profile.error ? <Page title={id}>{null}</Page> : null}
      <Answered of={profile}>
        {(found) => <OfShopper profile={found} onErased={setCertificate} />}
      </Answered>
    </Stack>
  );
}

function OfShopper({
  profile,
  onErased,
}: {
  readonly profile: ShopperProfile;
  readonly onErased: (certificate: ErasureCertificate) => void;
}): JSX.Element {
  const words = useWords(SHOPPER_WORDS);
  const language = useLanguage();
  const events = useWords(EVENTS);
  const { shopper, person, firstSeen, lastSeen, counts } = profile;
  const erase = useChange((client) => client.shoppers.eraseShopper(shopper), [["shoppers"]]);
  return (
    <Page
      title={shopper}
      about={
        <>
          {words.seen(moment(firstSeen, language), moment(lastSeen, language))}
          {person === shopper ? "" : ` · ${words.person(person)}`}
        </>
      }
      actions={
        <ReadersKeepOut>
          <ConfirmButton
            variant="default"
            label={words.erase}
            title={words.eraseTitle}
            loading={erase.isPending}
            onSure={() => erase.mutate(undefined as never, { onSuccess: onErased })}
          >
            {words.eraseNote}
          </ConfirmButton>
        </ReadersKeepOut>
      }
    >
      {erase.error ? <ProblemNote error={erase.error} /> : null}
      <Group gap="xs">
        {Object.entries(counts).map(([name, count]) => (
          <Badge key={name} variant="default" tt="none" title={name}>
            {named(events, name)} {whole(count, language)}
          </Badge>
        ))}
      </Group>
      <Forecast shopper={shopper} />
      <ListsNow shopper={shopper} />
      <Timeline profile={profile} />
    </Page>
  );
}

interface Happened {
  readonly eventId: string;
  readonly at: number;
  readonly name: string;
  readonly items?: readonly { readonly item: string }[];
  readonly context?: { readonly surface?: string; readonly query?: string };
}

function Timeline({ profile }: { readonly profile: ShopperProfile }): JSX.Element {
  const words = useWords(SHOPPER_WORDS);
  const language = useLanguage();
  const events = useWords(EVENTS);
  const rows = profile.timeline as readonly Happened[];
  return (
    <Sheet title={words.timeline} about={words.timelineNote(rows.length)}>
      <DataTable
        name={`timeline-${profile.shopper}`}
        rows={rows}
        keyOf={({ eventId }) => eventId}
        columns={[
          {
            id: "time",
            head: words.time,
            value: ({ at }) => new Date(at).toISOString(),
            cell: ({ at }) => moment(at, language),
          },
          {
            id: "what",
            head: words.what,
            value: ({ name }) => name,
            cell: ({ name }) => named(events, name),
          },
          {
            id: "where",
            head: words.where,
            value: ({ context }) => context?.query ?? context?.surface,
          },
          {
            id: "items",
            head: words.items,
            value: ({ items = [] }) => items.map(({ item }) => item).join(", "),
            cell: ({ items = [] }) => <ItemLinks ids={items.map(({ item }) => item)} />,
          },
        ]}
        empty={null}
      />
    </Sheet>
  );
}

const LINKS_MOST = 4;

const ItemLinks = ({ ids }: { readonly ids: readonly string[] }): JSX.Element => (
  <Group gap="xs">
    {[...new Set(ids)].slice(0, LINKS_MOST).map((id) => (
      <PageLink key={id} to={`/items/${encodeURIComponent(id)}`}>
        {id}
      </PageLink>
    ))}
    {ids.length > LINKS_MOST ? `+${ids.length - LINKS_MOST}` : null}
  </Group>
);

function Erased({ certificate }: { readonly certificate: ErasureCertificate }): JSX.Element {
  const words = useWords(SHOPPER_WORDS);
  const text = JSON.stringify(certificate, null, 2);
  return (
    <Stack>
      <PageLink to="/shoppers">{words.back}</PageLink>
      <Alert color="teal" variant="light" title={words.erased}>
        <Button
          mt="sm"
          onClick={() => saveFile(`erasure-${certificate.id}.json`, text, "application/json")}
        >
          {words.certificate}
        </Button>
      </Alert>
    </Stack>
  );
}
