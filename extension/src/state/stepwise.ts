/** Stepwise as a mode: what each thing that happens makes of a walk, and what is to be done then. */

import * as l10n from "@vscode/l10n";

import type { Record, RunResult, SelectionKind, StepwiseResult } from "../client/protocol.generated";

export type StepKind = Extract<SelectionKind, "stepwise" | "stepwiseSkip" | "stepwiseReset">;

/** What a walk goes through in one root. */
export interface Stretch {
  readonly root: string;
  /** Empty: all of it. */
  readonly ids: readonly string[];
  readonly exclude: readonly string[];
}

/** A walk from failure to failure, one root after the other. */
export interface Walk {
  readonly stretches: readonly Stretch[];
  /** Index of the stretch that it is in. */
  readonly at: number;
  /** The step that is under way, or null where it waits for a save. */
  readonly step: StepKind | null;
  /** What is done once that step is over. */
  readonly next: StepKind | null;
  /** A person has asked for this step, and has not merely saved. */
  readonly asked: boolean;
  /** Where it stands in this stretch, as far as is known. */
  readonly stand: StepwiseResult | null;
  /** Each stretch is begun at its first test. */
  readonly startsOver: boolean;
  /** Tests that have passed in the stretches before this one; null: not known. */
  readonly passed: number | null;
  /** Tests that were left behind in this stretch, and in all before it. */
  readonly left: number;
  readonly leftBefore: number;
}

/** What is to be done. */
export type Effect =
  | { readonly do: "step"; readonly kind: StepKind; readonly stretch: Stretch }
  /** `asked` by a person, who looks for it; else it must disturb nobody. */
  | { readonly do: "open"; readonly record: Record; readonly asked: boolean }
  | { readonly do: "cancel" }
  | { readonly do: "say"; readonly text: string }
  | { readonly do: "nothing" };

/** What becomes of a walk; null: it is over. */
export interface Turn {
  readonly walk: Walk | null;
  readonly effect: Effect;
}

/** How a step has ended; null: its end is not known, since the server was lost; `gone`: its root is. */
export type StepEnd = { readonly result: RunResult; readonly stand: StepwiseResult } | "gone" | null;

const NOTHING: Effect = { do: "nothing" };

export function begin(stretches: readonly Stretch[]): Turn {
  return stepped(atFirst(stretches, false), "stepwise");
}

/** A save during a step makes one more step after it. */
export function saved(walk: Walk): Turn {
  if (walk.step === null) return stepped({ ...walk, asked: false }, "stepwise");
  return { walk: { ...walk, next: walk.next ?? "stepwise" }, effect: NOTHING };
}

/** Leaves the failing test behind; during a step, if that step stops at the very same test. */
export function skip(walk: Walk): Turn {
  if (walk.step !== null) return { walk: { ...walk, next: "stepwiseSkip" }, effect: NOTHING };
  if (isBlank(walk.stand)) return { walk, effect: { do: "say", text: l10n.t("No failing test to skip") } };
  return stepped({ ...walk, asked: true }, "stepwiseSkip");
}

/** Goes back to the first test of the first root. */
export function reset(walk: Walk): Turn {
  if (walk.step !== null) return { walk: { ...walk, next: "stepwiseReset" }, effect: { do: "cancel" } };
  return stepped(atFirst(walk.stretches, true), "stepwiseReset");
}

/** Leaves the mode; what pytest remembers stays. */
export function stop(walk: Walk): Turn {
  return { walk: null, effect: walk.step === null ? NOTHING : { do: "cancel" } };
}

/** The step that was under way is over. */
export function ended(walk: Walk, end: StepEnd): Turn {
  const { next, step } = walk;
  const still: Walk = { ...walk, step: null, next: null };
  if (next === "stepwiseReset") return reset(still);
  if (end === "gone") return wentThrough(still, 0);
  if (end === null) return { walk: still, effect: NOTHING };
  const { result, stand } = end;
  // Why nothing could be run is told already; every save would only tell it again.
  if (result.problem !== null) return { walk: null, effect: { do: "say", text: l10n.t("stepwise ended") } };
  const isThrough = !result.cancelled && stand.error === null && cameThrough(result, stand);
  const failures = (result.counts["failed"] ?? 0) + (result.counts["error"] ?? 0);
  const left = step === "stepwiseSkip" && stand.error === null ? failures - (isThrough ? 0 : 1) : 0;
  const here: Walk = { ...still, stand, left: walk.left + Math.max(0, result.cancelled ? 0 : left) };
  if (result.cancelled) return { walk: here, effect: NOTHING };
  if (isThrough) return wentThrough(here, stand.passed === null ? null : stand.passed - walk.left);
  return stopped(here, walk, next);
}

/** A terminal may have gone on: what pytest remembers of stepwise has changed. */
export function moved(walk: Walk, root: string, stand: StepwiseResult): Turn {
  const isHere = walk.step === null && walk.stretches[walk.at]?.root === root;
  if (!isHere) return { walk, effect: NOTHING };
  if (!stand.through || isBlank(walk.stand)) return { walk: { ...walk, stand }, effect: NOTHING };
  const passed = stand.passed === null ? null : stand.passed - walk.left;
  const { walk: further, effect } = wentThrough({ ...walk, stand }, passed);
  // Nobody has asked for a step in the next root: that waits for a save.
  if (further !== null) return { walk: { ...further, step: null }, effect: NOTHING };
  return { walk: null, effect };
}

/** Why the walk stands still: a file that cannot be collected, or else the failing test. */
export function obstacle(walk: Walk): Record | null {
  return walk.stand?.error ?? walk.stand?.record ?? null;
}

function atFirst(stretches: readonly Stretch[], startsOver: boolean): Walk {
  const where = { stretches, at: 0, step: null, next: null, stand: null, startsOver };
  return { ...where, asked: true, passed: 0, left: 0, leftBefore: 0 };
}

function stepped(walk: Walk, kind: StepKind): Turn {
  const stretch = walk.stretches[walk.at];
  if (stretch === undefined) return { walk: null, effect: NOTHING };
  return { walk: { ...walk, step: kind, next: null }, effect: { do: "step", kind, stretch } };
}

function stopped(here: Walk, before: Walk, next: StepKind | null): Turn {
  if (next === "stepwise") return stepped({ ...here, asked: false }, "stepwise");
  const isSame = here.stand?.error === null && here.stand.test === before.stand?.test;
  if (next === "stepwiseSkip" && isSame) return stepped({ ...here, asked: true }, "stepwiseSkip");
  const record = obstacle(here);
  return { walk: here, effect: record === null ? NOTHING : { do: "open", record, asked: here.asked } };
}

/** pytest ends with 2 where stepwise has stopped it, and with 1 where that was `-x`, or tests were left behind. */
function cameThrough({ exitStatus }: RunResult, { position }: StepwiseResult): boolean {
  const hasNoFailures = exitStatus === 0 || exitStatus === 5;
  return hasNoFailures || (exitStatus === 1 && position === null);
}

function wentThrough(walk: Walk, passed: number | null): Turn {
  const sum = walk.passed === null || passed === null ? null : walk.passed + passed;
  const further: Walk = {
    ...walk,
    at: walk.at + 1,
    stand: null,
    passed: sum,
    left: 0,
    leftBefore: walk.leftBefore + walk.left,
  };
  if (further.at < further.stretches.length)
    return stepped(further, walk.startsOver ? "stepwiseReset" : "stepwise");
  const parts = [
    l10n.t("stepwise done"),
    ...(sum === null ? [] : [l10n.t("{0} passed", sum)]),
    ...(further.leftBefore > 0 ? [l10n.t("{0} left behind", further.leftBefore)] : []),
  ];
  return { walk: null, effect: { do: "say", text: parts.join(" · ") } };
}

function isBlank(stand: StepwiseResult | null): boolean {
  return stand?.test == null;
}
