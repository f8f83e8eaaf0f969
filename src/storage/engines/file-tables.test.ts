import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { tablesConformance } from "../conformance/tables.ts";
import { fileTables } from "./file-tables.ts";

tablesConformance("files and DuckDB", async () => {
  const folder = await mkdtemp(join(tmpdir(), "shopkeeper-tables-"));
  const temporary = await mkdtemp(join(tmpdir(), "shopkeeper-spill-"));
  const limits = { memoryMib: 256, threads: 2, maxLineBytes: 1_000_000, maxBadLines: 1000 };
  const port = fileTables({ ...limits, temporary });
  return {
    port,
    folder,
    reopen: async () => port,
    close: async () => {
      await port.close();
      await rm(folder, { recursive: true });
      await rm(temporary, { recursive: true });
    },
  };
});
