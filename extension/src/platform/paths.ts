/** Finds executables and tells what lies inside a folder. */

import * as fs from "node:fs/promises";
import * as os from "node:os";
import * as path from "node:path";

const ON_WINDOWS = process.platform === "win32";

/** `~` and `${workspaceFolder}`, which is `opened`, replaced; a relative path taken from `folder`. */
export function resolveIn(folder: string, written: string, opened = folder): string {
  const expanded = written
    .replace(/^~(?=$|[\\/])/u, () => os.homedir())
    .replaceAll("${workspaceFolder}", opened);
  return path.resolve(folder, expanded);
}

/** The interpreter of a virtual environment. */
export function pythonOfVenv(venv: string): string {
  return ON_WINDOWS ? path.join(venv, "Scripts", "python.exe") : path.join(venv, "bin", "python");
}

/** True for a file, and for a link even where its target is gone: such a one has to be named, not skipped. */
export async function stands(file: string): Promise<boolean> {
  return fs.lstat(file).then(
    (found) => !found.isDirectory(),
    () => false,
  );
}

/** The first executable called `name` in the directories of `searchPath`. */
export async function onPath(name: string, searchPath: string): Promise<string | undefined> {
  const file = ON_WINDOWS ? `${name}.exe` : name;
  for (const directory of searchPath.split(path.delimiter)) {
    // A relative entry means "wherever you are", which nobody who opens a folder has chosen.
    if (!path.isAbsolute(directory)) continue;
    const candidate = path.join(directory, file);
    if (await isExecutable(candidate)) return candidate;
  }
  return undefined;
}

/** Whether `file`, as written or as links resolve it, lies in one of `folders`. */
export async function liesInside(file: string, folders: readonly string[]): Promise<boolean> {
  const files = [
    file,
    await resolved(file),
    path.join(await resolved(path.dirname(file)), path.basename(file)),
  ];
  const roots = [...folders, ...(await Promise.all(folders.map(resolved)))];
  return files.some((one) => roots.some((root) => isBelow(one, root)));
}

function isBelow(file: string, folder: string): boolean {
  const relative = path.relative(folder, file);
  const leaves = relative === ".." || relative.startsWith(`..${path.sep}`);
  return relative !== "" && !leaves && !path.isAbsolute(relative);
}

async function resolved(file: string): Promise<string> {
  return fs.realpath(file).catch(() => path.resolve(file));
}

async function isExecutable(file: string): Promise<boolean> {
  return fs.access(file, fs.constants.X_OK).then(
    () => fs.stat(file).then((found) => found.isFile()),
    () => false,
  );
}
