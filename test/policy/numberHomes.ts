/**
 * Finds second homes of the policy's numbers in source text. A literal is one when it has the number's value and the
 * names or comments around it speak of the number's subject, or when it stands under the number's own name.
 */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import ts from "typescript"
import { root } from "../support/files.js"

export interface NumberHome {
  readonly name: string
  /** The one file in which it stands. */
  readonly home: string
  /** As a second home would spell it, units apart: milliseconds and seconds. */
  readonly values: ReadonlyArray<number>
  /** Words of the names and comments around a literal that is this number, whatever it is called. */
  readonly subject: RegExp
  /** Names under which no literal stands elsewhere, whatever its value. */
  readonly names: RegExp
}

const inUnits = (ms: number): ReadonlyArray<number> => [ms, ms / 1_000]

export const numberHomes: ReadonlyArray<NumberHome> = [
  {
    name: "overlap",
    home: "src/policy/Defaults.ts",
    values: inUnits(120_000),
    subject: /overlap|before (?:its|the) cursor|reads? (?:again|back)/i,
    names: /^(?:usual|default)?overlap(?:Ms|Seconds)?$/i
  },
  {
    name: "readable after",
    home: "src/policy/Defaults.ts",
    values: inUnits(30_000),
    subject: /readable|read.?after.?write|read.?lag|shown.?up.?to/i,
    names: /^readable(?:After|Within)(?:Ms|Seconds)?$/i
  },
  {
    name: "read lag",
    home: "src/providers/ReadLag.ts",
    values: inUnits(800),
    subject: /readable|read.?after.?write|read.?lag/i,
    names: /^(?:longest|most)?readLag(?:Ms|Seconds)?$/i
  },
  {
    name: "fetch tries",
    home: "src/policy/Defaults.ts",
    values: [3],
    subject:
      /fetch\w*.?(?:tries|attempts|times)|(?:tries|attempts|times)\w* .*(?:fetch|hydrat)|hydrat\w*.?(?:tries|attempts)/i,
    names: /^(?:most)?(?:fetch(?:es|Tries|Attempts)|hydrationTries)$/i
  },
  {
    name: "pause before fetching again",
    home: "src/policy/Defaults.ts",
    values: inUnits(2_000),
    subject: /fetch\w*.?again|again\w*.?fetch|hydrat\w*.?again|older than its (?:delivery|event)/i,
    names: /^fetchAgain(?:After)?(?:Ms|Seconds)?$/i
  },
  {
    name: "pause after a failed fetch",
    home: "src/policy/Defaults.ts",
    values: inUnits(30_000),
    subject: /fetch\w*.?(?:after.?)?fail|fail\w*.?(?:fetch|hydrat)|hydrat\w*.?fail/i,
    names: /^(?:fetchAfterFailure|retryFetchAfter|fetchPause)(?:Ms|Seconds)?$/i
  },
  {
    name: "acknowledge within",
    home: "src/policy/Defaults.ts",
    values: inUnits(4_000),
    subject: /acknowledge|ack.?(?:within|deadline)|answers? 503/i,
    names: /^(?:acknowledgeWithin|ackDeadline)(?:Ms|Seconds)?$/i
  },
  {
    name: "push latency",
    home: "src/providers/PushTiming.ts",
    values: [...inUnits(700), ...inUnits(1_800), ...inUnits(30_000)],
    subject: /(?:push|deliver)\w*.?(?:latency|lag|tail|floor)|first attempt/i,
    names: /^(?:deliveryLatency|pushLatency|floor|meanTail|pushFloor|pushTail)(?:Ms|Seconds)?$/i
  },
  {
    name: "limiter's share",
    home: "src/providers/Provider.ts",
    values: [0.1],
    subject: /slow.?down|below .*limit|remaining|runs low/i,
    names: /^slow(?:ed)?DownBelow$/i
  }
]

/** Figures in words, such as a comment or a `--help` text would repeat. */
const inWords: Readonly<Record<string, RegExp>> = {
  overlap: /\btwo minutes\b|\b2 ?m(?:in(?:utes?)?)?\b|\b120 ?s\b/i,
  "readable after": /\b30 ?s(?:econds)?\b|\bhalf a minute\b/i,
  "read lag": /\b800 ?ms\b|\b0\.8 ?s\b/i,
  "fetch tries": /\b(?:three|3) (?:tries|times|attempts|fetches)\b|\bthrice\b/i,
  "pause before fetching again": /\b(?:two|2) ?s(?:econds)?\b/i,
  "pause after a failed fetch": /\b30 ?s(?:econds)?\b|\bhalf a minute\b/i,
  "acknowledge within": /\b(?:four|4) ?s(?:econds)?\b|\b4,?000\b/i,
  "push latency": /\b0\.7 ?s\b|\b1\.8 ?s\b|\b700 ?ms\b|\b1,?800 ?ms\b/i,
  "limiter's share": /\b10 ?%|\b(?:a|the last) tenth\b/i
}

export interface SecondHome {
  readonly number: string
  readonly file: string
  readonly line: number
  readonly text: string
}

const durationUnits: Readonly<Record<string, number>> = { millis: 1, seconds: 1_000, minutes: 60_000, hours: 3_600_000 }

/** The value of a number as written: `120_000`, `2 * 60_000`, `Duration.minutes(2)`. */
const valueOf = (node: ts.Node): number | null => {
  if (ts.isNumericLiteral(node)) return Number(node.text.replaceAll("_", ""))
  if (ts.isParenthesizedExpression(node)) return valueOf(node.expression)
  if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.AsteriskToken) {
    const [left, right] = [valueOf(node.left), valueOf(node.right)]
    return left === null || right === null ? null : left * right
  }
  if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression)) {
    const unit = durationUnits[node.expression.name.text]
    const amount = node.arguments.length === 1 ? valueOf(node.arguments[0]!) : null
    return node.expression.expression.getText() !== "Duration" || unit === undefined || amount === null
      ? null
      : amount * unit
  }
  return null
}

/** Names that a literal goes by: of what it initialises, is compared with, or stands in for (`given ?? 120_000`). */
const surroundings = (literal: ts.Node, source: ts.SourceFile): { own: string | null; words: string } => {
  const words: Array<string> = []
  let own: string | null = null
  /** Whether the literal alone may become the value: a part of a calculation is not the number. */
  let whole = true
  for (let at: ts.Node = literal; at.parent !== undefined; at = at.parent) {
    const { parent } = at
    if (
      (ts.isVariableDeclaration(parent) ||
        ts.isPropertyAssignment(parent) ||
        ts.isBindingElement(parent) ||
        ts.isParameter(parent) ||
        ts.isPropertyDeclaration(parent)) &&
      parent.initializer === at
    ) {
      if (whole)
        own ??=
          ts.isBindingElement(parent) && parent.propertyName ? parent.propertyName.getText() : parent.name.getText()
      words.push(parent.name.getText(), commentBefore(parent, source))
    } else if (ts.isBinaryExpression(parent)) {
      const standsIn = parent.operatorToken.kind === ts.SyntaxKind.QuestionQuestionToken
      whole &&= standsIn
      if (standsIn && ts.isPropertyAccessExpression(parent.left)) own ??= parent.left.name.text
      words.push((parent.left === at ? parent.right : parent.left).getText())
    } else if (ts.isCallExpression(parent)) whole = false
    if (ts.isStatement(parent) && !ts.isBlock(parent)) {
      words.push(commentBefore(parent, source))
      break
    }
  }
  return { own, words: words.join("\n") }
}

const commentBefore = (node: ts.Node, source: ts.SourceFile): string =>
  (ts.getLeadingCommentRanges(source.text, node.getFullStart()) ?? [])
    .slice(-1)
    .map(({ end, pos }) => source.text.slice(pos, end))
    .join("\n")

const sentences = (text: string): ReadonlyArray<string> =>
  text
    .replace(/\n\s*(?:\*|\/\/)?\s*/g, " ")
    .split(/(?<=\.)\s+/)
    .filter((sentence) => sentence !== "")

export const secondHomes = (file: string, text: string): ReadonlyArray<SecondHome> => {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true)
  const elsewhere = numberHomes.filter(({ home }) => home !== file)
  const found: Array<SecondHome> = []
  const add = (number: string, at: number, what: string) =>
    found.push({ number, file, line: source.getLineAndCharacterOfPosition(at).line + 1, text: what })

  const visit = (node: ts.Node): void => {
    const value = valueOf(node)
    if (value !== null) {
      const { own, words } = surroundings(node, source)
      for (const { name, names, subject, values } of elsewhere)
        if ((own !== null && names.test(own) && value !== 0) || (values.includes(value) && subject.test(words)))
          add(name, node.getStart(), `${own ?? "?"}: ${node.getText()}`)
      return
    }
    if (ts.isStringLiteralLike(node) || ts.isTemplateHead(node) || ts.isTemplateMiddle(node) || ts.isTemplateTail(node))
      told(node.text, node.getStart())
    ts.forEachChild(node, visit)
  }
  const told = (prose: string, at: number): void => {
    for (const sentence of sentences(prose))
      for (const { name, subject } of elsewhere)
        if (subject.test(sentence) && inWords[name]!.test(sentence)) add(name, at, sentence)
  }
  visit(source)
  for (const { index, 0: comment } of text.matchAll(/\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/[^\n]*/g)) told(comment, index)
  return found
}

export const readSource = (file: string): string => readFileSync(join(root, file), "utf8")
