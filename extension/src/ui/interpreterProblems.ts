/** Tells people, once for each root, what is wrong with its interpreter. */

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
  /** Root → what was told of it last. */
  #told: ReadonlyMap<string | null, string> = new Map();

  /** Tells what is new in `problems`, which are all that there are now; `several`: there are other roots. */
  async tell(problems: readonly PlacedProblem[], several: boolean): Promise<void> {
    const speakable = problems.filter(({ problem }) => problem.kind !== "untrusted");
    const told = this.#told;
    this.#told = new Map(speakable.map(({ root, problem }) => [root, problem.text]));
    const fresh = speakable.filter(({ root, problem }) => told.get(root) !== problem.text);
    await Promise.all(complaintsOf(fresh).map((one) => show(one, several)));
  }

  /** Tells people what is wrong, because they asked for what cannot be. */
  async tellAgain(problems: readonly PlacedProblem[], several: boolean): Promise<void> {
    await Promise.all(complaintsOf(problems).map((one) => show(one, several)));
  }
}

/** What is wrong in a sentence, with the name of its root where there are several. */
export function sentenceOf({ problem, names }: Complaint, several: boolean): string {
  return several ? `${names.join(", ")}: ${problem.text}` : problem.text;
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

async function show(complaint: Complaint, several: boolean): Promise<void> {
  const { problem } = complaint;
  if (problem.kind === "untrusted") return tellUntrusted();
  const select = "Select Interpreter…";
  const install = "Show Install Command";
  const offersInstall = problem.kind === "noPytest" || problem.kind === "oldPytest";
  const buttons = [select, ...(offersInstall ? [install] : [])];
  const answer = await window.showErrorMessage(sentenceOf(complaint, several), ...buttons);
  if (answer === select) await commands.executeCommand(COMMANDS.selectInterpreter);
  if (answer === install) await showInstallCommand(problem.path);
}

/** Why nothing is run, with the way to change it. */
export async function tellUntrusted(): Promise<void> {
  const manage = "Manage Workspace Trust";
  const answer = await window.showInformationMessage(
    "Tests are not run in Restricted Mode: running them executes the code of this folder.",
    manage,
  );
  if (answer === manage) await commands.executeCommand("workbench.trust.manage");
}
