import { randomBytes } from "node:crypto";
import { type FastifyInstance, fastify } from "fastify";
import { monotonicMs } from "../clock.ts";
import type { Platform } from "../platform.ts";
import { predictRoutes } from "../scenarios/predict/routes.ts";
import { recommendRoutes } from "../scenarios/recommend/routes.ts";
import { type Access, openAccess } from "./access/access.ts";
import { openPasswords } from "./access/passwords.ts";
import { openDoor } from "./door.ts";
import { openDoorkeeper } from "./http/auth.ts";
import { addFoundation, addShields, type LogSink, serverOptions } from "./http/foundation.ts";
import { addLimits } from "./http/limits.ts";
import { openMetrics } from "./http/metrics.ts";
import { addOpenApi } from "./http/openapi.ts";
import { addRoutes, type Rooms, scenarioRoutes } from "./http/route.ts";
import { openTurns } from "./http/turnstile.ts";
import { registerJobs } from "./jobs.ts";
import { type Keys, openKeys } from "./keys.ts";
import { addLive } from "./live/add-live.ts";
import { openOverviews } from "./overview/overview.ts";
import { ADMIN_FOLDER, addAdminFiles } from "./pages/admin-files.ts";
import { addBrowserScripts } from "./pages/browser-scripts.ts";
import { addKeptPictures } from "./pages/kept-pictures.ts";
import { addPictures, type DemoWorld, demoWorld } from "./pages/pictures.ts";
import { addProblemPages } from "./pages/problem-pages.ts";
import { addWelcome } from "./pages/welcome.ts";
import { openReports } from "./reports.ts";
import { keepRetention } from "./retention-daily.ts";
import { accessRoutes } from "./routes/access.ts";
import { eventRoutes } from "./routes/events.ts";
import { exchangeRoutes } from "./routes/exchange.ts";
import { experimentRoutes } from "./routes/experiments.ts";
import { healthRoutes } from "./routes/health.ts";
import { installationRoutes } from "./routes/installation.ts";
import { itemRoutes } from "./routes/items.ts";
import { jobRoutes } from "./routes/jobs.ts";
import { liveRoutes } from "./routes/live.ts";
import { modelExchangeRoutes } from "./routes/model-exchange.ts";
import { modelRoutes } from "./routes/models.ts";
import { overviewRoutes } from "./routes/overview.ts";
import { pictureRoutes } from "./routes/pictures.ts";
import { retentionRoutes } from "./routes/retention.ts";
import { shopperRoutes } from "./routes/shoppers.ts";
import { trainingScheduleRoutes } from "./routes/training-schedule.ts";
import { webhookRoutes } from "./routes/webhooks.ts";
import { addStorefront } from "./storefront/storefront.ts";
import { openTrainingSchedule } from "./training-schedule.ts";
import { addWarmUp } from "./warm-up.ts";
import { addWebhooks } from "./webhooks/add-webhooks.ts";

export interface ServerOptions {
  /** Opened already by who made the first keys; else they are opened here. */
  readonly keys?: Keys;
  /** Opened already by who made the first user; else it is opened here. */
  readonly access?: Access;
  /** Where the log goes; standard output when absent. */
  readonly log?: LogSink;
  /** Good as an owner's key, see door.ts; when absent only real keys open. */
  readonly localToken?: string;
  /** Where the build of the admin lies; a test brings its own. */
  readonly adminFolder?: string;
  /** The simulated world that the demo's pictures are of. */
  readonly demo?: DemoWorld;
}

/**
 * The platform by HTTP, ready to answer but not listening. It registers the kinds of jobs and
 * starts them. Closing the server does not close the platform.
 */
export async function openServer(
  platform: Platform,
  options: ServerOptions = {},
): Promise<FastifyInstance> {
  const { config, storage, clock, shops } = platform;
  const keys = options.keys ?? (await openKeys(storage.records, clock, config.server.keysMost));
  const access = options.access ?? (await openServersAccess(platform));
  const reports = openReports(storage.records, clock, config.evaluate.reportsKept);
  const server = fastify(serverOptions(config, options.log));
  const live = addLive(server, platform);
  const webhooks = await addWebhooks(server, platform, access.audit);
  const { answersAtOnce: atOnce, overloadDelayMs: waitMost } = config.server;
  const door = { arrivals: 0 };
  server.server.on("connection", () => door.arrivals++);
  const turns = openTurns({ atOnce, waitMost, arrivals: () => door.arrivals, now: monotonicMs });
  const rooms: Rooms = { platform, keys, access, live, reports, webhooks, turns };
  await addShields(server, config);
  const localToken = options.localToken ?? newLocalToken();
  const doorkeeper = openDoorkeeper({ keys, ...access, shops, localToken });
  addFoundation(server, doorkeeper, config.server.requestTimeoutMs);
  const metrics = openMetrics(server, platform);
  await addLimits(server, config);
  await addOpenApi(server);
  addProblemPages(server);
  addWelcome(server, platform);
  addBrowserScripts(server);
  await addAdminFiles(server, options.adminFolder ?? ADMIN_FOLDER);
  addPictures(server, options.demo ?? demoWorld);
  addKeptPictures(server, platform);
  addStorefront(server, platform, keys, options.demo ?? demoWorld);
  const overview = overviewRoutes(openOverviews(platform, webhooks.parked));
  for (const table of [...TABLES, overview, healthRoutes(metrics)]) addRoutes(server, table, rooms);
  const schedule = openTrainingSchedule(platform, (error) => server.log.error(error));
  server.addHook("onClose", async () => {
    schedule.stop();
    await keys.flush();
    await access.sessions.flush();
  });
  registerJobs(platform);
  await storage.jobs.start();
  webhooks.start();
  await keepRetention(server, platform, access.audit);
  addWarmUp(server, platform);
  await server.ready();
  return server;
}

/** Who may sign in, at the cost of a guess that the settings name. */
export function openServersAccess({ storage, clock, config }: Platform): Promise<Access> {
  const passwords = openPasswords(config.access.scryptCostLog2);
  return openAccess({ records: storage.records, clock, config, passwords });
}

const TABLES = [
  eventRoutes,
  scenarioRoutes(recommendRoutes, (platform) => platform.recommend),
  scenarioRoutes(predictRoutes, (platform) => platform.predict),
  itemRoutes,
  pictureRoutes,
  shopperRoutes,
  modelRoutes,
  modelExchangeRoutes,
  experimentRoutes,
  trainingScheduleRoutes,
  jobRoutes,
  exchangeRoutes,
  liveRoutes,
  accessRoutes,
  installationRoutes,
  webhookRoutes,
  retentionRoutes,
];

export const newLocalToken = (): string => `lk_${randomBytes(32).toString("base64url")}`;

export interface Listening {
  readonly url: string;
  /** Lets requests in flight end within `server.shutdownGraceMs`, then cuts them off. */
  stop(): Promise<void>;
}

/** Opens the server to the world and its door (door.ts) to programs of this machine. */
export async function listen(
  server: FastifyInstance,
  { config }: Platform,
  localToken: string,
): Promise<Listening> {
  const url = await server.listen({ host: config.server.host, port: config.server.port });
  const closeDoor = await openDoor(config.folder, { url, pid: process.pid, token: localToken });
  return {
    url,
    async stop() {
      const cutOff = setTimeout(() => server.server.closeAllConnections(), graceMs(config));
      try {
        await server.close();
      } finally {
        clearTimeout(cutOff);
        await closeDoor();
      }
    },
  };
}

const graceMs = (config: Platform["config"]): number => config.server.shutdownGraceMs;
