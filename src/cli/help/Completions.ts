/**
 * Completions of commands, subcommands, options and their values for bash, zsh and fish. `@effect/cli` has completions
 * of its own: in bash they end at the first subcommand, so that `inbox list --st` is offered nothing.
 */
import type { CommandNode, Entry } from "./CommandTree.js"

export const shells = ["bash", "zsh", "fish"] as const
export type Shell = (typeof shells)[number]

/** `builtIns`: the parser's own options, which every command has. */
export const completionScript = (
  shell: Shell,
  commands: ReadonlyArray<CommandNode>,
  builtIns: ReadonlyArray<string>
): string => {
  const common = builtIns.filter((name) => name.startsWith("--"))
  switch (shell) {
    case "bash":
      return bash(commands, common)
    case "zsh":
      return zsh(commands, common)
    case "fish":
      return fish(commands)
  }
}

const everyNode = (nodes: ReadonlyArray<CommandNode>): ReadonlyArray<CommandNode> =>
  nodes.flatMap((node) => [node, ...everyNode(node.subcommands)])

const takesFile = ({ value }: Entry): boolean => value === "file" || value === "directory"

/** Words that may stand where no option does: subcommands, the choices of an argument. */
const wordsOf = ({ args, subcommands }: CommandNode): ReadonlyArray<readonly [word: string, about: string]> => [
  ...subcommands.map(({ name, summary }) => [name, summary] as const),
  ...args.flatMap(({ choices, description }) => choices.map((one) => [one, description] as const))
]

/** Whether a command takes a file behind its options: `<file>`, `<before.json>`. */
const takesFiles = ({ args }: CommandNode): boolean => args.some(({ name }) => /file|\.json/.test(name))

const optionNames = ({ options }: CommandNode): ReadonlyArray<string> =>
  options.flatMap(({ aliases, name }) => [name, ...aliases])

/** The options of a command that take a value, by what completes the value. */
const valueCases = (node: CommandNode, toFiles: string, toWords: (words: string) => string): ReadonlyArray<string> =>
  node.options
    .filter(({ value }) => value !== null)
    .map((option) => {
      const action = option.choices.length > 0 ? toWords(option.choices.join(" ")) : takesFile(option) ? toFiles : ":"
      return `"${node.path.join(" ")}:${[option.name, ...option.aliases].join(`"|"${node.path.join(" ")}:`)}") ${action}; return ;;`
    })

const bash = (commands: ReadonlyArray<CommandNode>, builtIns: ReadonlyArray<string>): string => {
  const nodes = everyNode(commands)
  return `# bash completions for hookshift: hookshift completions bash --install
_hookshift() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} path="" word i
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    # What stands behind -- is another program's.
    [[ $word == -- ]] && { COMPREPLY=($(compgen -f -- "$cur")); return; }
    case "$path $word" in
${nodes.map(({ path }) => `      "${path.length === 1 ? ` ${path[0]}` : path.join(" ")}") path="${path.join(" ")}" ;;`).join("\n")}
    esac
  done
  case "$path:$prev" in
${nodes
  .flatMap((node) =>
    valueCases(node, 'COMPREPLY=($(compgen -f -- "$cur"))', (words) => `COMPREPLY=($(compgen -W "${words}" -- "$cur"))`)
  )
  .map((line) => `    ${line}`)
  .join("\n")}
  esac
  local words="" options="${builtIns.join(" ")}" files=""
  case "$path" in
    "") words="${commands.map(({ name }) => name).join(" ")}" ;;
${nodes
  .map(
    (node) =>
      `    "${node.path.join(" ")}") words="${wordsOf(node)
        .map(([word]) => word)
        .join(" ")}" options="${optionNames(node).join(" ")} $options"${takesFiles(node) ? " files=1" : ""} ;;`
  )
  .join("\n")}
  esac
  if [[ $cur == -* ]]; then COMPREPLY=($(compgen -W "$options" -- "$cur"))
  else
    COMPREPLY=($(compgen -W "$words" -- "$cur"))
    [[ -n $files ]] && COMPREPLY+=($(compgen -f -- "$cur"))
  fi
}
complete -o filenames -F _hookshift hookshift
`
}

/** For use within double quotes of zsh's and fish's. */
const quoted = (text: string): string => text.replace(/["\\$`]/g, "\\$&")

const zsh = (commands: ReadonlyArray<CommandNode>, builtIns: ReadonlyArray<string>): string => {
  const nodes = everyNode(commands)
  const described = (words: ReadonlyArray<readonly [name: string, about: string]>): string =>
    words.map(([name, about]) => `"${name}:${quoted(about.replaceAll(":", "\\:"))}"`).join(" ")
  return `#compdef hookshift
# zsh completions for hookshift: hookshift completions zsh --install
_hookshift() {
  local cur=\${words[CURRENT]} prev=\${words[CURRENT-1]} at="" word i
  local -a names options
  local files=""
  for ((i = 2; i < CURRENT; i++)); do
    word=\${words[i]}
    [[ $word == -- ]] && { _files; return; }
    case "$at $word" in
${nodes.map(({ path }) => `      "${path.length === 1 ? ` ${path[0]}` : path.join(" ")}") at="${path.join(" ")}" ;;`).join("\n")}
    esac
  done
  case "$at:$prev" in
${nodes
  .flatMap((node) => valueCases(node, "_files", (words) => `compadd -- ${words}`))
  .map((line) => `    ${line}`)
  .join("\n")}
  esac
  case "$at" in
    "") names=(${described(commands.map(({ name, summary }) => [name, summary]))}) ;;
${nodes
  .map(
    (node) =>
      `    "${node.path.join(" ")}") names=(${described(wordsOf(node))}) options=(${described(node.options.map(({ description, name }) => [name, description]))})${takesFiles(node) ? " files=1" : ""} ;;`
  )
  .join("\n")}
  esac
  options+=(${builtIns.map((name) => `"${name}"`).join(" ")})
  if [[ $cur == -* ]]; then _describe option options
  else
    (( \${#names} )) && _describe command names
    [[ -n $files ]] && _files
  fi
}
if [[ \${funcstack[1]} == _hookshift ]]; then _hookshift "$@"; else compdef _hookshift hookshift; fi
`
}

/** fish takes `-f` and `-F` line by line: no files unless a command or an option takes one. */
const fish = (commands: ReadonlyArray<CommandNode>): string => {
  const seen = (path: ReadonlyArray<string>): string =>
    path.map((name) => `__fish_seen_subcommand_from ${name}`).join("; and ")
  const lines = everyNode(commands).flatMap((node) => {
    const names = node.subcommands.map(({ name }) => name).join(" ")
    const here = seen(node.path)
    const before = names === "" ? here : `${here}; and not __fish_seen_subcommand_from ${names}`
    return [
      ...(takesFiles(node) ? [`complete -c hookshift -F -n "${here}"`] : []),
      ...node.subcommands.map(
        ({ name, summary }) => `complete -c hookshift -n "${before}" -a ${name} -d "${quoted(summary)}"`
      ),
      ...node.args.flatMap(({ choices, description }) =>
        choices.map((one) => `complete -c hookshift -n "${here}" -a ${one} -d "${quoted(description)}"`)
      ),
      ...node.options.map((option) => {
        const short = option.aliases.map((alias) => ` -s ${alias.replace(/^-/, "")}`).join("")
        const value =
          option.value === null
            ? ""
            : option.choices.length > 0
              ? ` -x -a "${option.choices.join(" ")}"`
              : takesFile(option)
                ? " -r -F"
                : " -x"
        return `complete -c hookshift -n "${before}" -l ${option.name.slice(2)}${short}${value} -d "${quoted(option.description)}"`
      })
    ]
  })
  return `# fish completions for hookshift: hookshift completions fish --install
${commands.map(({ name, summary }) => `complete -c hookshift -f -n __fish_use_subcommand -a ${name} -d "${quoted(summary)}"`).join("\n")}
complete -c hookshift -f
complete -c hookshift -s h -l help -d "Show the help of a command"
${lines.join("\n")}
`
}
