/** The argument that names a format. */
import * as Args from "@effect/cli/Args"

export const formatArgument = <const Names extends ReadonlyArray<string>>(names: Names) =>
  Args.choice(names.map((name) => [name, name as Names[number]] as const) as unknown as [[string, Names[number]]], {
    name: "format"
  }).pipe(Args.withDescription("The format of the file"))
