/** Extensions beside ours: an extension of any name that contributes what a test needs. */
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { extensionsDir } from "../../extension/scripts/server.mjs";

/** What is installed, as VS Code keeps it. */
interface Entry {
  readonly identifier: { readonly id: string };
  readonly version: string;
  readonly location: Readonly<Record<string, unknown>>;
  readonly relativeLocation: string;
}

/**
 * A folder with our extension, and one of the id `publisher.name` that contributes this.
 * It runs *code* once the window is drawn, or does nothing.
 */
export function withExtension(folder: string, id: string, contributes: object, code = ""): string {
  cpSync(extensionsDir, folder, { recursive: true });
  const [publisher = "", name = ""] = id.split(".");
  const relativeLocation = `${id}-1.0.0`;
  const home = join(folder, relativeLocation);
  mkdirSync(home);
  const program = { main: "./main.js", activationEvents: ["onStartupFinished"] };
  // For an extension with a program VS Code takes no `*`.
  const manifest = {
    ...{ publisher, name, version: "1.0.0", engines: { vscode: "^1.96.0" }, contributes },
    ...(code === "" ? {} : program),
  };
  if (code !== "") writeFileSync(join(home, "main.js"), code);
  writeFileSync(join(home, "package.json"), JSON.stringify(manifest));
  const list = join(folder, "extensions.json");
  const known = (JSON.parse(readFileSync(list, "utf8")) as Entry[]).map((entry) => ({
    ...entry,
    location: { $mid: 1, scheme: "file", path: join(folder, entry.relativeLocation) },
  }));
  const entry: Entry = {
    identifier: { id },
    version: "1.0.0",
    location: { $mid: 1, scheme: "file", path: home },
    relativeLocation,
  };
  writeFileSync(list, JSON.stringify([...known, entry]));
  return folder;
}
