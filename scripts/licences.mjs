// The licences of the packages that the build bundles, in one file beside the bundles.
import { readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"

/** `node_modules/a/node_modules/@b/c/lib/x.js` → `node_modules/a/node_modules/@b/c` */
const packageOf = (input) => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1]

export const writeLicences = (file, inputs) => {
  const folders = [...new Set(inputs.map(packageOf).filter((folder) => folder !== undefined))]
  const parts = folders.map((folder) => {
    const { license, name, version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"))
    const text = readdirSync(folder, { withFileTypes: true })
      .filter((one) => one.isFile() && /^(licen[cs]e|notice)/i.test(one.name))
      .map((one) => readFileSync(join(folder, one.name), "utf8").trim())
      .join("\n\n")
    return { title: `${name} ${version} (${license ?? "see below"})`, text }
  })
  parts.sort((a, b) => (a.title < b.title ? -1 : 1))
  writeFileSync(
    file,
    `${parts.map(({ text, title }) => `${title}\n${"=".repeat(title.length)}\n\n${text}\n`).join("\n\n")}`
  )
}
