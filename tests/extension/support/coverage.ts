/** VS Code's values about coverage, which the fake hands on. */

import type { Position, Range, TestItem, Uri } from "./vscode";

export class TestCoverageCount {
  constructor(
    readonly covered: number,
    readonly total: number,
  ) {}
}

export class FileCoverage {
  constructor(
    readonly uri: Uri,
    readonly statementCoverage: TestCoverageCount,
    readonly branchCoverage?: TestCoverageCount,
    readonly declarationCoverage?: TestCoverageCount,
    readonly includesTests: readonly TestItem[] = [],
  ) {}
}

export class BranchCoverage {
  constructor(
    readonly executed: number | boolean,
    readonly location?: Position | Range,
    readonly label?: string,
  ) {}
}

export class StatementCoverage {
  constructor(
    readonly executed: number | boolean,
    readonly location: Position | Range,
    readonly branches: readonly BranchCoverage[] = [],
  ) {}
}
