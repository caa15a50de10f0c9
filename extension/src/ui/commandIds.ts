/** The ids of our commands, as in package.json. */

export const COMMANDS = {
  rerunLastFailed: "pytestRecall.rerunLastFailed",
  rerunOutstanding: "pytestRecall.rerunOutstanding",
  debugLastFailed: "pytestRecall.debugLastFailed",
  runFailedFirst: "pytestRecall.runFailedFirst",
  runNewFirst: "pytestRecall.runNewFirst",
  runStepwise: "pytestRecall.runStepwise",
  copyCommandLine: "pytestRecall.copyCommandLine",
  collectTests: "pytestRecall.collectTests",
  repairCache: "pytestRecall.repairCache",
  clearCache: "pytestRecall.clearCache",
  refreshCache: "pytestRecall.refreshCache",
  openCacheValue: "pytestRecall.openCacheValue",
  showCache: "pytestRecall.showCache",
  selectInterpreter: "pytestRecall.selectInterpreter",
  restartServer: "pytestRecall.restartServer",
  showLog: "pytestRecall.showLog",
} as const;
