/** The least that an extension with a test tree can do: rows from the start, and each result as pytest prints it. */

/** The program of an extension that runs pytest with *python*, writes `.begun` with the first result, and `.done` when a run is over. */
export function leastExtension(python: string): string {
  return `
const vscode = require("vscode");
const { spawn } = require("node:child_process");
const { readdirSync, writeFileSync } = require("node:fs");
const { join } = require("node:path");
const { createInterface } = require("node:readline");

exports.activate = () => {
  const root = vscode.workspace.workspaceFolders[0].uri;
  const controller = vscode.tests.createTestController("least", "Least");
  const items = new Map();
  for (const folder of readdirSync(root.fsPath).filter((name) => name.startsWith("pkg_"))) {
    const above = controller.createTestItem(folder, folder, vscode.Uri.joinPath(root, folder));
    controller.items.add(above);
    for (const name of readdirSync(join(root.fsPath, folder)).filter((name) => name.endsWith(".py"))) {
      const path = folder + "/" + name;
      const uri = vscode.Uri.joinPath(root, path);
      const file = controller.createTestItem(path, name, uri);
      above.children.add(file);
      for (let number = 0; number < 10; number += 1) {
        const test = controller.createTestItem(path + "::test_" + number, "test_" + number, uri);
        test.range = new vscode.Range(3 + 4 * number, 0, 4 + 4 * number, 0);
        file.children.add(test);
        items.set(test.id, test);
      }
    }
  }
  const run = (request) => {
    const run = controller.createTestRun(request);
    const command = ["-m", "pytest", "-v", "--no-header", "--no-summary", "--color=no"];
    let begun = false;
    const child = spawn(${JSON.stringify(python)}, command, { cwd: root.fsPath });
    createInterface({ input: child.stdout }).on("line", (line) => {
      run.appendOutput(line + "\\r\\n");
      const [, id, outcome] = /^(\\S+::\\S+) (PASSED|FAILED)/u.exec(line) ?? [];
      const item = items.get(id);
      if (item === undefined) return;
      if (!begun) writeFileSync(join(root.fsPath, ".begun"), "");
      begun = true;
      if (outcome === "PASSED") run.passed(item, 1);
      else run.failed(item, new vscode.TestMessage("assert 1 == 2"), 1);
    });
    child.on("close", () => {
      run.end();
      writeFileSync(join(root.fsPath, ".done"), "");
    });
  };
  controller.createRunProfile("Run", vscode.TestRunProfileKind.Run, run, true);
};
`;
}
