/** Tells people, once for each root, what is wrong with its interpreter. */

import * as l10n from "@vscode/l10n";
import { commands, window } from "vscode";

import type { Problem } from "../state/interpreters";
import { COMMANDS } from "./commandIds";
import { showInstallCommand } from "./installCommand";

export interface PlacedProblem {
  /** Null before any root is known. */
  readonly root: string | null;
  /** For people. */
  readonly name: string;
  readonly problem: Problem;
}

/** One thing that is wrong, with the names of the roots in which it is. */
interface Complaint {
  readonly problem: Problem;
  readonly names: readonly string[];
}

export class InterpreterProblems {
  readonly #problems: () => readonly PlacedProblem[];
  readonly #areSeveral: () => boolean;
  readonly #withTests = new Set<string>();
  /** Root → what was told of it last. */
  #told: ReadonlyMap<string | null, string> = new Map();

  /** `problems` are all that there are at the time; `areSeveral`: there are several roots. */
  constructor(problems: () => readonly PlacedProblem[], areSeveral: () => boolean) {
    this.#problems = problems;
    this.#areSeveral = areSeveral;
  }

  /** A root has tests; returns whether that is new: of several roots, those without need no word. */
  hasTests(root: string): boolean {
    const isNew = !this.#withTests.has(root);
    this.#withTests.add(root);
    return isNew;
  }

  /** What is wrong, or null. */
  get sentence(): string | null {
    const [first] = this.#thatMatter();
    return first === undefined ? null : this.#sentenceOf({ problem: first.problem, names: [first.name] });
  }

  /** Tells people what is wrong; the same thing once for each root, until it has changed. */
  async tell(): Promise<void> {
    const speakable = this.#thatMatter().filter(({ problem }) => problem.kind !== "untrusted");
    const told = this.#told;
    this.#told = new Map(speakable.map(({ root, problem }) => [root, problem.text]));
    await this.#show(speakable.filter(({ root, problem }) => told.get(root) !== problem.text));
  }

  /** Tells people what is wrong, because they asked for what cannot be; returns whether `text` is known. */
  async tellAgain(text: string): Promise<boolean> {
    const known = this.#problems().filter(({ problem }) => problem.text === text);
    await this.#show(known);
    return known.length > 0;
  }

  #thatMatter(): readonly PlacedProblem[] {
    const isHeard = ({ root }: PlacedProblem): boolean => root === null || this.#withTests.has(root);
    return this.#areSeveral() ? this.#problems().filter(isHeard) : this.#problems();
  }

  async #show(problems: readonly PlacedProblem[]): Promise<void> {
    await Promise.all(complaintsOf(problems).map((one) => show(one.problem, this.#sentenceOf(one))));
  }

  /** With the names of the roots where there are others. */
  #sentenceOf({ problem, names }: Complaint): string {
    return this.#areSeveral() ? `${names.join(", ")}: ${problem.text}` : problem.text;
  }
}

/** The same thing in several roots is said once. */
function complaintsOf(problems: readonly PlacedProblem[]): readonly Complaint[] {
  const texts = [...new Set(problems.map(({ problem }) => problem.text))];
  return texts.flatMap((text) => {
    const same = problems.filter(({ problem }) => problem.text === text);
    const problem = same[0]?.problem;
    return problem === undefined ? [] : [{ problem, names: same.map(({ name }) => name) }];
  });
}

async function show(problem: Problem, sentence: string): Promise<void> {
  if (problem.kind === "untrusted") return tellUntrusted();
  const select = l10n.t("Select Interpreter…");
  const install = l10n.t("Show Install Command");
  const offersInstall = problem.kind === "noPytest" || problem.kind === "oldPytest";
  const buttons = [select, ...(offersInstall ? [install] : [])];
  const answer = await window.showErrorMessage(sentence, ...buttons);
  if (answer === select) await commands.executeCommand(COMMANDS.selectInterpreter);
  if (answer === install) await showInstallCommand(problem.path, "pytest");
}

/** Why nothing is run, with the way to change it. */
export async function tellUntrusted(): Promise<void> {
  const manage = l10n.t("Manage Workspace Trust");
  const answer = await window.showInformationMessage(
    l10n.t("Tests are not run in Restricted Mode: running them executes the code of this folder."),
    manage,
  );
  if (answer === manage) await commands.executeCommand("workbench.trust.manage");
}
