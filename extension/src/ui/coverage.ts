/** What runs have covered, in VS Code's own view and editors. */

import * as l10n from "@vscode/l10n";
import {
  BranchCoverage,
  FileCoverage,
  Range,
  StatementCoverage,
  TestCoverageCount,
  Uri,
  type CancellationToken,
  type FileCoverageDetail,
  type TestItem,
  type TestRun,
  type TestRunProfile,
} from "vscode";

import {
  FILE_COVERAGE,
  type CoverageCount,
  type CoverageParams,
  type CoveredBranch,
  type CoveredLine,
  type FileCoverageParams,
} from "../client/protocol.generated";
import type { Server } from "../state/server";
import type { TestTree } from "./testTree";

/** Where the lines of a file are to be asked for. */
type Source = Pick<FileCoverageParams, "root" | "token" | "uri">;

const sources = new WeakMap<FileCoverage, Source>();

/**
 * Adds what a run has covered of files; their lines are asked for when a file is looked at.
 *
 * Functions are not told: VS Code would add them to the lines, and its percentages would not be coverage.py's.
 */
export function addCoverage(run: TestRun, tree: TestTree, { root, token, files }: CoverageParams): void {
  for (const { uri, statements, branches, tests = [] } of files) {
    const coverage = new FileCoverage(
      Uri.parse(uri, true),
      toCount(statements),
      // VS Code would show a percentage of none.
      isGiven(branches) && branches.total > 0 ? toCount(branches) : undefined,
      undefined,
      tests.map((id) => tree.ensure(id)),
    );
    sources.set(coverage, { root, token, uri });
    run.addCoverage(coverage);
  }
}

/** Lets a profile tell the lines of a file; `idOf` is the node id of a row. */
export function tellLines(
  profile: TestRunProfile,
  server: Server,
  idOf: (item: TestItem) => string | undefined,
): void {
  const ask = async (
    file: FileCoverage,
    token: CancellationToken,
    test: string | null,
  ): Promise<FileCoverageDetail[]> => {
    const source = sources.get(file);
    if (source === undefined) return [];
    const { lines } = await server.request(FILE_COVERAGE, { ...source, test }, token);
    return lines.map(toStatement);
  };
  profile.loadDetailedCoverage = (_run, file, token) => ask(file, token, null);
  profile.loadDetailedCoverageForTest = (_run, file, test, token) => ask(file, token, idOf(test) ?? "");
}

function toCount({ covered, total }: CoverageCount): TestCoverageCount {
  return new TestCoverageCount(covered, total);
}

function toStatement({ line, covered, branches = [] }: CoveredLine): StatementCoverage {
  const range = new Range(line, 0, line, Number.MAX_SAFE_INTEGER);
  return new StatementCoverage(
    covered,
    range,
    branches.map((branch) => toBranch(branch)),
  );
}

function toBranch({ to, taken }: CoveredBranch): BranchCoverage {
  const label = to === null ? l10n.t("exit") : l10n.t("line {0}", to + 1);
  return new BranchCoverage(taken, undefined, label);
}

function isGiven<T>(value: T | null | undefined): value is T {
  return value !== null && value !== undefined;
}
