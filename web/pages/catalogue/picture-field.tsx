import { Box, Button, FileButton, Group, Paper, Progress, Stack, Text } from "@mantine/core";
import { type DragEvent, type JSX, useState } from "react";
import { isProblem, type Shopkeeper } from "../../../client/src/index.ts";
import { useAsk, useChange } from "../../ui/api.ts";
import { ConfirmButton } from "../../ui/confirm-button.tsx";
import { Picture } from "../../ui/item-card.tsx";
import { ProblemNote } from "../../ui/problem-note.tsx";
import { ReadersKeepOut } from "../../ui/readers-keep-out.tsx";
import { useWords } from "../../ui/words.ts";
import { PICTURE_WORDS } from "./picture-words.ts";

const TYPES = ["image/jpeg", "image/png", "image/webp"] as const;
type PictureType = (typeof TYPES)[number];

const SIZE = 160;

/** The picture of an item: the one that was uploaded, else the first that the shop names. */
export function PictureField({
  group,
  named,
}: {
  readonly group: string;
  readonly named: string | undefined;
}): JSX.Element {
  const kept = useAsk(["items", "picture", group], (client) => keptPicture(client, group));
  const image = kept.data ?? named;
  return (
    <Stack gap="xs" w={SIZE + 100}>
      <Picture image={image} size={SIZE} />
      <ReadersKeepOut>
        <PictureChange group={group} isKept={typeof kept.data === "string"} />
      </ReadersKeepOut>
    </Stack>
  );
}

/** As an address that the page's policy lets in; null when none was uploaded. */
async function keptPicture(client: Shopkeeper, group: string): Promise<string | null> {
  try {
    return await dataAddress(await client.items.getPicture(group));
  } catch (failed) {
    if (isProblem(failed) && failed.code === "unknown-picture") return null;
    throw failed;
  }
}

const dataAddress = (blob: Blob): Promise<string> =>
  new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result));
    reader.onerror = () => reject(reader.error ?? new Error("the picture cannot be read"));
    reader.readAsDataURL(blob);
  });

function PictureChange({
  group,
  isKept,
}: {
  readonly group: string;
  readonly isKept: boolean;
}): JSX.Element {
  const words = useWords(PICTURE_WORDS);
  const [isOver, setOver] = useState(false);
  const [wrongType, setWrongType] = useState(false);
  const upload = useChange(
    (client, file: File) => client.items.putPicture(group, file, file.type as PictureType),
    [["items"], ["recommend"]],
  );
  const remove = useChange(
    (client, _: undefined) => client.items.removePicture(group),
    [["items"], ["recommend"]],
  );
  const take = (file: File | null | undefined): void => {
    if (!file) return;
    const isWrong = !TYPES.some((type) => type === file.type);
    setWrongType(isWrong);
    if (!isWrong) upload.mutate(file);
  };
  const drop = (event: DragEvent): void => {
    event.preventDefault();
    setOver(false);
    take(event.dataTransfer.files[0]);
  };
  const failed = upload.error ?? remove.error;
  return (
    <Paper
      withBorder
      p="xs"
      bg={isOver ? "var(--mantine-color-default-hover)" : "transparent"}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      <Stack gap="xs">
        <Text size="xs" c="dimmed">
          {words.note}
        </Text>
        <Group gap="xs">
          <FileButton accept={TYPES.join(",")} onChange={take}>
            {(props) => (
              <Button {...props} size="xs" variant="default" loading={upload.isPending}>
                {isKept ? words.replace : words.upload}
              </Button>
            )}
          </FileButton>
          {isKept ? (
            <ConfirmButton
              size="xs"
              variant="default"
              loading={remove.isPending}
              label={words.remove}
              title={words.removeTitle}
              onSure={() => remove.mutate(undefined)}
            >
              {words.removeNote}
            </ConfirmButton>
          ) : null}
        </Group>
        <Box aria-live="polite">
          {upload.isPending ? (
            <Progress value={100} animated aria-label={words.uploading} />
          ) : upload.isSuccess && isKept ? (
            <Text size="xs">{words.done}</Text>
          ) : null}
          {wrongType ? (
            <Text size="xs" c="seal" role="alert">
              {words.wrongType}
            </Text>
          ) : null}
        </Box>
        {failed === null ? null : <ProblemNote error={failed} />}
      </Stack>
    </Paper>
  );
}
