/** Puts the fake in the place of VS Code; to be imported before anything of the extension that draws. */

import Module from "node:module";
import * as path from "node:path";

type Resolve = (request: string, ...rest: unknown[]) => string;

const resolver = Module as unknown as { _resolveFilename: Resolve };
const resolve = resolver._resolveFilename;
const fake = path.join(__dirname, "vscode.ts");

resolver._resolveFilename = function (this: unknown, request, ...rest) {
  return request === "vscode" ? fake : resolve.call(this, request, ...rest);
};
