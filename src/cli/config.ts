import { Command } from "commander";
import { type Context, type Globals, settingsOf } from "./session/session.ts";
import { type Setting, shownValue, variableOf } from "./settings.ts";
import { table } from "./terminal/print.ts";

export function configCommand(context: Context): Command {
  const config = new Command("config").description("Settings, and where each comes from");
  config.addCommand(showCommand(context), { isDefault: true });
  return config;
}

function showCommand(context: Context): Command {
  return new Command("show")
    .description("Every setting with its value and source: default, file, environment, flag")
    .option("--changed", "only those that are not the default")
    .action((options: { changed?: boolean }, self: Command) => {
      const globals = self.optsWithGlobals<Globals>();
      const all = settingsOf(context, globals).all;
      const wanted = options.changed ? all.filter(({ layer }) => layer !== "default") : all;
      const shown = wanted.map((setting) => ({ ...setting, value: shownValue(setting) }));
      const { terminal } = context;
      terminal.out(globals.json ? JSON.stringify(shown, null, 2) : settingsText(shown));
    });
}

function settingsText(settings: readonly Setting[]): string {
  return table(
    settings,
    {
      setting: (one) => one.name,
      value: (one) => one.value,
      source: (one) => one.layer,
      set: (one) => one.origin || variableOf(one.name),
    },
    "nothing differs from the defaults",
  );
}
