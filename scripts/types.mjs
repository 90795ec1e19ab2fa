// The types of dist/: one declaration file for each entry, rolled up so that none reaches for a package that its users
// need not have, and report.json's schema, of the types that it is made by.
import { execFileSync } from "node:child_process"
import { readFileSync, rmSync, writeFileSync } from "node:fs"
import { build } from "esbuild"
import { rollup } from "rollup"
import { dts } from "rollup-plugin-dts"
import { createGenerator } from "ts-json-schema-generator"
import ts from "typescript"

const emitted = "dist/types"
/** Whose declarations an entry may use: its users have them. */
const entries = { index: [], register: [], receiver: [], mirror: [], effect: [/^effect(\/|$)/, /^@effect\/platform$/] }
const products = ["freshdesk", "freshservice", "freshsales", "freshchat"]

export const writeTypes = async () => {
  execFileSync(process.execPath, ["node_modules/typescript/bin/tsc", "-p", "tsconfig.types.json"], { stdio: "inherit" })
  spellSchemasOut()
  for (const [name, packages] of Object.entries(entries)) {
    const bundle = await rollup({
      input: `${emitted}/${name}.d.ts`,
      plugins: [dts()],
      external: (id) => /^[@a-z]/.test(id),
      onwarn: () => undefined
    })
    const { output } = await bundle.generate({ format: "es" })
    const { code, imports } = output[0]
    const foreign = imports.filter((id) => !id.startsWith("node:") && !packages.some((known) => known.test(id)))
    if (foreign.length > 0) throw new Error(`the types of hookshift/${name} need ${foreign.join(", ")}`)
    writeFileSync(`dist/${name}.d.ts`, code)
  }
  rmSync(emitted, { recursive: true })
  const schema = createGenerator({
    path: "src/domain/Report.ts",
    tsconfig: "tsconfig.json",
    type: "Report",
    skipTypeCheck: true,
    additionalProperties: true
  }).createSchema("Report")
  writeFileSync(
    "dist/report.schema.json",
    `${JSON.stringify({ ...schema, title: "hookshift's report.json, schemaVersion 1" }, null, 2)}\n`
  )
  const plan = { ...(await planSchema()), title: "hookshift.plan.json, version 1" }
  writeFileSync("dist/plan.schema.json", `${JSON.stringify(plan, null, 2)}\n`)
}

/** The plan's JSON Schema, by the schema that reads it. */
const planSchema = async () => {
  const contents = `import { JSONSchema } from "effect"
import { MigrationPlan } from "./src/domain/MigrationPlan.ts"
export default JSONSchema.make(MigrationPlan)`
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: process.cwd(), loader: "ts" },
    bundle: true,
    format: "esm",
    platform: "node",
    write: false
  })
  const code = Buffer.from(outputFiles[0].contents).toString("base64")
  return (await import(`data:text/javascript;base64,${code}`)).default
}

const configSchema = "src/config/ConfigSchema.ts"

/**
 * Entities and the configuration are described by Effect's `Schema`; users get the plain types that these stand for: of
 * entities as they are read, of the configuration as it is written.
 */
const spellSchemasOut = () => {
  const files = [
    ...products.flatMap((product) => ["Client", "Entities"].map((name) => `src/providers/${product}/${name}.ts`)),
    "src/providers/freshdesk/AutomationRule.ts",
    configSchema
  ]
  const { config } = ts.readConfigFile("tsconfig.json", ts.sys.readFile)
  const program = ts.createProgram(files, ts.parseJsonConfigFileContent(config, ts.sys, ".").options)
  const checker = program.getTypeChecker()
  for (const file of files) {
    const source = program.getSourceFile(file)
    const side = file === configSchema ? "Encoded" : "Type"
    const typeOf = (symbol) => checker.getTypeOfSymbolAtLocation(symbol, source)
    const plain = (schema) => {
      const described = typeOf(schema).getProperty(side)
      if (described === undefined) return null
      const flags = ts.TypeFormatFlags.NoTruncation | ts.TypeFormatFlags.InTypeAlias
      return `{ readonly ${side}: ${checker.typeToString(typeOf(described), undefined, flags)} }`
    }
    const constants = source.statements
      .filter(ts.isVariableStatement)
      .flatMap(({ declarationList }) => declarationList.declarations)
      .map(({ name }) => checker.getSymbolAtLocation(name))
    const spelled = new Map(
      constants.flatMap((constant) => {
        const own = plain(constant)
        if (own !== null) return [[constant.name, own]]
        const members = typeOf(constant).getProperties()
        return members.length === 0 || members.some((one) => plain(one) === null)
          ? []
          : [[constant.name, `{ ${members.map((one) => `readonly ${one.name}: ${plain(one)}`).join("; ")} }`]]
      })
    )
    replaceConstants(file.replace("src/", `${emitted}/`).replace(/\.ts$/, ".d.ts"), spelled)
  }
}

/** Gives constants of a declaration file another type. */
const replaceConstants = (file, types) => {
  let text = readFileSync(file, "utf8")
  const declared = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true)
  for (const statement of declared.statements.filter(ts.isVariableStatement).reverse()) {
    const [{ name, type }] = statement.declarationList.declarations
    const spelled = types.get(name.getText(declared))
    if (spelled !== undefined) text = text.slice(0, type.getStart(declared)) + spelled + text.slice(type.getEnd())
  }
  writeFileSync(file, text)
}
