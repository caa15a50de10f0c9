/** Gathers the files that are saved until there is rest: several saves are one run. */

/** Does a job later; what it returns forgets it. */
export type After = (milliseconds: number, job: () => void) => () => void;

export const REST = 300;

export class Saves {
  readonly #after: After;
  readonly #run: (files: readonly string[]) => void;
  readonly #files = new Set<string>();
  #forget: (() => void) | undefined;

  /** `run` gets the URIs of all files that were saved, each once, `REST` milliseconds after the last. */
  constructor(after: After, run: (files: readonly string[]) => void) {
    this.#after = after;
    this.#run = run;
  }

  saved(file: string): void {
    this.#files.add(file);
    this.#forget?.();
    this.#forget = this.#after(REST, () => {
      this.#atRest();
    });
  }

  /** Nobody wants to know any more of what was saved. */
  clear(): void {
    this.#forget?.();
    this.#forget = undefined;
    this.#files.clear();
  }

  #atRest(): void {
    const files = [...this.#files];
    this.clear();
    this.#run(files);
  }
}

/** Tests of one root that run when files are saved; no ids, or the empty one: all of them. */
export interface Watched {
  readonly root: string;
  readonly ids: readonly string[];
  readonly exclude: readonly string[];
}

/** What is watched together: left out is only what each of them leaves out. */
export function together(watched: readonly Watched[]): readonly Watched[] {
  const roots = [...new Set(watched.map(({ root }) => root))];
  return roots.map((root) => {
    const here = watched.filter((one) => one.root === root);
    const isAll = here.some(({ ids }) => ids.length === 0 || ids.includes(""));
    const exclude = here[0]?.exclude.filter((id) => here.every((one) => one.exclude.includes(id))) ?? [];
    return { root, ids: isAll ? [] : [...new Set(here.flatMap(({ ids }) => ids))], exclude };
  });
}

/** The innermost of `roots` that a file lies in, or undefined; all are URIs of one spelling. */
export function rootAround(file: string, roots: readonly string[]): string | undefined {
  const around = roots.filter((root) => file.startsWith(`${root}/`));
  return around.reduce<string | undefined>(
    (inner, root) => (inner === undefined || root.length > inner.length ? root : inner),
    undefined,
  );
}
