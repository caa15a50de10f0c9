/** `npm run bench:typing`: how soon what is typed is drawn while 10,000 results stream in, beside two peers. */
import { root } from "./paths.mjs";
import { runMain } from "./problem.mjs";
import { show } from "./processes.mjs";

await runMain(() =>
  show(process.execPath, ["extension/scripts/test.mjs", "e2e", "typing\\.spec"], {
    cwd: root,
    env: { ...process.env, RECALL_TYPING: "1" },
  }),
);
