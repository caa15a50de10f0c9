/** Has the texts in German, as VS Code gives them; to be imported before anything of the extension. */

import * as fs from "node:fs";
import * as path from "node:path";

import { config } from "@vscode/l10n";

const BUNDLE = path.resolve(__dirname, "../../../l10n/bundle.l10n.de.json");

config({ contents: fs.readFileSync(BUNDLE, "utf8") });
