import { Button, Group, NumberInput, Select, Text } from "@mantine/core";
import { type JSX, useState } from "react";
import type { CompressModelRequest } from "../../client/src/made/schemas.ts";
import { useChange } from "../ui/api.ts";
import { ProblemNote } from "../ui/problem-note.tsx";
import { useWords } from "../ui/words.ts";
import { COMPRESSION_WORDS } from "./compression.words.ts";

type Method = CompressModelRequest["method"];

/** Each as the server has it, where nobody says otherwise. */
const usual = { method: "int8", dropMost: 0.02, share: 0.2, times: 8, temperature: 2 } as const;

/** The method, what it takes, and how much may be lost. */
export function CompressionForm({
  version,
  onBegun,
}: {
  readonly version: string;
  readonly onBegun: (job: string) => void;
}): JSX.Element {
  const words = useWords(COMPRESSION_WORDS);
  const [asked, setAsked] = useState<CompressModelRequest>(usual);
  const change = (part: Partial<CompressModelRequest>): void => setAsked({ ...asked, ...part });
  const compress = useChange((client) => client.models.compressModel(version, asked));
  const begin = (): void => compress.mutate(undefined, { onSuccess: ({ id }) => onBegun(id) });
  return (
    <>
      <Select
        label={words.method}
        description={words.notes[asked.method]}
        data={[...words.methods]}
        value={asked.method}
        allowDeselect={false}
        onChange={(method) => change({ method: method as Method })}
      />
      <Group grow align="flex-start">
        <MethodInput asked={asked} change={change} />
        <NumberInput
          label={words.dropMost}
          suffix=" %"
          min={0}
          max={100}
          step={0.5}
          value={100 * (asked.dropMost ?? usual.dropMost)}
          onChange={(percent) => change({ dropMost: Number(percent) / 100 })}
        />
      </Group>
      <Text size="xs" c="dimmed">
        {words.dropNote}
      </Text>
      {compress.error ? <ProblemNote error={compress.error} /> : null}
      <Group>
        <Button onClick={begin} loading={compress.isPending}>
          {words.begin}
        </Button>
      </Group>
    </>
  );
}

function MethodInput({
  asked,
  change,
}: {
  readonly asked: CompressModelRequest;
  readonly change: (part: Partial<CompressModelRequest>) => void;
}): JSX.Element | null {
  const words = useWords(COMPRESSION_WORDS);
  if (asked.method === "int8") return null;
  if (asked.method === "pq") {
    return (
      <Select
        label={words.times}
        data={[8, 16, 32].map((times) => ({ value: `${times}`, label: words.timesBy(times) }))}
        value={`${asked.times}`}
        allowDeselect={false}
        onChange={(times) => change({ times: Number(times) as 8 | 16 | 32 })}
      />
    );
  }
  if (asked.method === "prune") {
    return (
      <NumberInput
        label={words.share}
        suffix=" %"
        min={1}
        max={99}
        value={100 * (asked.share ?? usual.share)}
        onChange={(percent) => change({ share: Number(percent) / 100 })}
      />
    );
  }
  return (
    <NumberInput
      label={words.temperature}
      min={0.1}
      max={20}
      step={0.5}
      value={asked.temperature ?? usual.temperature}
      onChange={(temperature) => change({ temperature: Number(temperature) })}
    />
  );
}
