import { existsSync, readdirSync, readFileSync, statSync } from "node:fs"
import { join, posix } from "node:path"
import { describe, expect, it } from "vitest"
import { everyFile, root } from "../support/files.js"

const text = readFileSync(join(root, "docs/architecture.md"), "utf8")
const src = join(root, "src")
const foldersIn = (folder: string): ReadonlyArray<string> =>
  readdirSync(folder).filter((name) => statSync(join(folder, name)).isDirectory())

interface Drawn {
  readonly path: string
  /** What it may import; `null` where the drawing leaves that to the folder above. */
  readonly imports: ReadonlyArray<string> | null
}

/** The drawing's lines, each folder with its path by the indentation. */
const drawn = (): ReadonlyArray<Drawn> => {
  const [, drawing = ""] = /```text\nsrc\/\n([\s\S]*?)```/.exec(text) ?? []
  let above = ""
  return drawing.split("\n").flatMap((line) => {
    const [, indent, name, rest = ""] = /^( +)([\w-]+)\/(.*)$/.exec(line) ?? []
    if (indent === undefined || name === undefined) return []
    if (indent.length === 2) above = name
    const [, imports] = rest.split(" → ")
    return [
      {
        path: indent.length === 2 ? name : `${above}/${name}`,
        imports: imports === undefined ? null : imports.split(", ").map((folder) => folder.split(" ")[0]!)
      }
    ]
  })
}

const folderOf = (file: string): string => file.slice(file.indexOf("src/") + 4).split("/")[0]!

/** Folder → folders that its files import. */
const imported = (): ReadonlyMap<string, ReadonlySet<string>> => {
  const found = new Map<string, Set<string>>(foldersIn(src).map((folder) => [folder, new Set()]))
  for (const { file, text: source } of everyFile(src)) {
    if (!file.endsWith(".ts") || !found.has(folderOf(file))) continue
    for (const [, target = ""] of source.matchAll(/(?:from|import\() ?"(\.[^"]+)"/g)) {
      const to = folderOf(posix.join(posix.dirname(file), target))
      if (found.has(to) && to !== folderOf(file)) found.get(folderOf(file))!.add(to)
    }
  }
  return found
}

describe("docs/architecture.md", () => {
  it("draws every folder of src, and no other", () => {
    expect(
      drawn()
        .filter(({ imports }) => imports !== null)
        .map(({ path }) => path)
        .sort()
    ).toEqual([...foldersIn(src)].sort())
    expect(drawn().filter(({ path }) => !existsSync(join(src, path)))).toEqual([])
  })

  it("says what each folder may import, and none imports more", () => {
    const actual = imported()
    for (const { imports, path } of drawn()) {
      if (imports === null || imports.includes("everything")) continue
      expect(
        [...actual.get(path)!].filter((folder) => !imports.includes(folder)).map((to) => `${path} → ${to}`)
      ).toEqual([])
    }
  })

  it("names files that exist", () => {
    const named = [...text.matchAll(/`((?:[\w-]+\/)+[\w.-]+\.\w+)`/g)].map(([, path]) => path!)
    expect(named.length).toBeGreaterThan(20)
    expect(named.filter((path) => !existsSync(join(src, path)) && !existsSync(join(root, path)))).toEqual([])
  })
})
