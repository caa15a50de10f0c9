/** Takes pytest's node ids and root-relative paths apart. */

/** One step of the way from a test file down to a node. */
export interface IdStep {
  readonly id: string;
  readonly label: string;
}

/** The folders above `path`, outermost first: `a/b/t.py` → `a`, `a/b`. */
export function foldersOf(path: string): readonly string[] {
  const names = path.split("/").slice(0, -1);
  return names.map((_, index) => names.slice(0, index + 1).join("/"));
}

/** The last name of a path. */
export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** The path of the file that `id` lies in; `id` itself where it names no test. */
export function fileOf(id: string): string {
  const end = id.indexOf("::");
  return end < 0 ? id : id.slice(0, end);
}

/**
 * The steps below the file: classes, the function, its parameters.
 * What stands in brackets may hold `::` and `/`, so the first bracket ends the splitting.
 */
export function stepsOf(id: string): readonly IdStep[] {
  const file = fileOf(id);
  const rest = id.slice(file.length + "::".length);
  if (rest === "") return [];
  const bracket = rest.indexOf("[");
  const names = (bracket < 0 ? rest : rest.slice(0, bracket)).split("::");
  const steps: IdStep[] = [];
  let above = file;
  for (const name of names) {
    above = `${above}::${name}`;
    steps.push({ id: above, label: name });
  }
  return bracket < 0 ? steps : [...steps, { id, label: rest.slice(bracket) }];
}

/** The name by which people know a test: `test_a[1]`; of a file its path. */
export function labelOf(id: string): string {
  const function_ = /^(.*?)(\[.*\])?$/su.exec(id.slice(fileOf(id).length)) ?? [];
  const [, names = "", parameters = ""] = function_;
  return names === "" ? id : names.slice(names.lastIndexOf(":") + 1) + parameters;
}
