/** Imports point one way: see docs/architecture.md. */
const capabilities =
  "capture|interchange|analysis|subscriptions|receiver|reconciliation|runtime|replay|scenarios|report|gates|diff|doctor|shadow"
/** What a folder shows to others; everything else in it is its own. */
const fronts = "(index|service|clients|effect)\\.ts$"

module.exports = {
  forbidden: [
    { name: "no-cycles", severity: "error", from: {}, to: { circular: true } },
    {
      name: "domain-is-pure",
      comment: "domain imports nothing of ours",
      severity: "error",
      from: { path: "^src/domain/" },
      to: { path: "^src/", pathNot: "^src/domain/" }
    },
    {
      name: "providers-below",
      severity: "error",
      from: { path: "^src/providers/" },
      to: { path: "^src/", pathNot: "^src/(domain|providers)/" }
    },
    {
      name: "policy-below",
      comment: "policy decides by numbers: of providers it knows the types only",
      severity: "error",
      from: { path: "^src/policy/" },
      to: { path: "^src/", pathNot: "^src/(domain|policy|providers)/" }
    },
    {
      name: "policy-knows-types-only",
      severity: "error",
      from: { path: "^src/policy/" },
      to: { path: "^src/providers/", dependencyTypesNot: ["type-only"] }
    },
    {
      name: "store-below",
      severity: "error",
      from: { path: "^src/store/" },
      to: { path: "^src/", pathNot: "^src/(domain|store)/" }
    },
    {
      name: "reconciliation-below",
      comment: "reconciliation takes a port; runtime joins it to the receiver",
      severity: "error",
      from: { path: "^src/reconciliation/" },
      to: { path: "^src/", pathNot: "^src/(domain|policy|providers|reconciliation)/" }
    },
    {
      name: "receiver-knows-no-reconciliation",
      severity: "error",
      from: { path: "^src/receiver/" },
      to: { path: "^src/(reconciliation|runtime)/" }
    },
    {
      name: "simulator-knows-nobody",
      severity: "error",
      from: { path: "^src/simulator/" },
      to: { path: "^src/", pathNot: "^src/(domain|providers|simulator)/" }
    },
    {
      name: "simulator-is-for-the-demo",
      comment: "only the demo and the command line may start it: no capability knows the simulator",
      severity: "error",
      from: { path: "^src/", pathNot: "^src/(simulator|cli|demo)/" },
      to: { path: "^src/simulator/" }
    },
    {
      name: "demo-is-for-the-command-line",
      severity: "error",
      from: { path: "^src/", pathNot: "^src/(cli|demo)/" },
      to: { path: "^src/demo/" }
    },
    {
      name: "audit-composes-capabilities",
      comment: "where replays get their scenarios and their stand-ins is the command line's to say",
      severity: "error",
      from: { path: "^src/audit/" },
      to: { path: "^src/(scenarios|demo)/" }
    },
    {
      name: "no-insides",
      comment: "one folder imports another through its front only",
      severity: "error",
      from: { path: "^src/([^/]+)/" },
      to: {
        path: `^src/(policy|providers|store|config|audit|demo|simulator|${capabilities})/`,
        pathNot: ["^src/$1/", fronts, "^src/audit/Faults\\.ts$"]
      }
    },
    {
      name: "cli-is-imported-by-nothing",
      severity: "error",
      from: { path: "^src/", pathNot: "^src/cli/" },
      to: { path: "^src/cli/" }
    },
    {
      name: "resolvable",
      comment: "sarif is types only; the preload asks for its built neighbour",
      severity: "error",
      from: {},
      to: { couldNotResolve: true, pathNot: ["^sarif$", "register-node\\.cjs$"] }
    }
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: {
      extensions: [".ts", ".js", ".mjs", ".cjs", ".json"],
      exportsFields: ["exports"],
      conditionNames: ["import", "require", "node", "default", "types"]
    }
  }
}
