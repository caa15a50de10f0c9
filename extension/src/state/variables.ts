/** What people may write in settings for folders and variables. */

import * as path from "node:path";

/** What the values depend on. */
export interface Surrounding {
  /** Absolute path of the workspace folder. */
  readonly folder: string;
  readonly home: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** Puts in `${workspaceFolder}` and `${env:NAME}`, which is empty where it is not set; all else stays. */
export function resolveText(text: string, { folder, environment }: Surrounding): string {
  return text.replaceAll(/\$\{(?:workspaceFolder|env:(?<name>[^}]+))\}/gu, (...found) => {
    const { name } = found.at(-1) as { readonly name?: string };
    return name === undefined ? folder : (environment[name] ?? "");
  });
}

/** The absolute path that `text` means; null where it is empty. */
export function resolvePath(text: string, around: Surrounding): string | null {
  const resolved = resolveText(text, around).trim();
  if (resolved === "") return null;
  return path.resolve(
    around.folder,
    resolved.replace(/^~(?=$|[/\\])/u, () => around.home),
  );
}
