/** Reads a migration plan that `hookshift plan --out` wrote, and that people may have edited. */
import { Effect, Schema } from "effect"
import { MigrationPlan } from "../domain/MigrationPlan.js"
import { nearestName } from "../domain/NearestName.js"
import { eventsOf, hoursBeneath, listAbove, type Provider, providerOf } from "../providers/index.js"
import { type ConfigError, configError } from "./ConfigError.js"
import { readConfigFile } from "./ConfigFile.js"
import { problemOf } from "./Problem.js"

/** Where `hookshift plan --out` is told to write by the docs. */
export const usualPlanFile = "hookshift.plan.json"

export const readMigration = (file: string): Effect.Effect<MigrationPlan, ConfigError> =>
  Effect.gen(function* () {
    const found = readConfigFile(file)
    if (found.state === "unusable") return yield* configError(found.problem)
    if (found.state === "absent")
      return yield* configError(`there is no migration plan at ${file}: write one with hookshift plan --out ${file}`)
    const plan = yield* Schema.decodeUnknown(MigrationPlan, { onExcessProperty: "error", errors: "all" })(
      found.json
    ).pipe(Effect.mapError((error) => configError(`${file}: ${problemOf(error, "docs/plan.md", () => null)}`)))
    const wrong = plan.accounts.map(wrongWith).find((problem) => problem !== null)
    return wrong == null ? plan : yield* configError(`${file}: ${wrong}`)
  })

/** Names that the account's product does not have. */
const wrongWith = ({
  account,
  pollers,
  product,
  reconcile,
  routes
}: MigrationPlan["accounts"][number]): string | null => {
  const provider = providerOf(product)
  if (provider === null) return `${account}: the product ${product} is not known`
  const replaced = pollers.find(({ becomes }) => becomes === "replaced")
  if (routes.length === 0 && replaced !== undefined)
    return `${account}: ${replaced.integration} is to be replaced, and routes names none: name a route with its events, or let the poller be tuned or kept`
  for (const { events, route } of routes) {
    const had = eventsByRoute(provider, route)
    if (had.length === 0) return `${account}: ${product} has no ${route} route`
    const event = events.find((one) => !had.includes(one.event))?.event
    if (event !== undefined)
      return `${account}: the ${route} route of ${product} has no event ${event}${meant(event, had)}`
  }
  const swept = Object.keys(provider.sweeps)
  const entity = Object.keys(reconcile).find((name) => !swept.includes(name))
  if (entity !== undefined)
    return `${account}: reconcile.${entity} is not an entity type that ${product} can list${meant(entity, swept)}`
  for (const [name, every] of Object.entries(reconcile)) {
    const list = typeof every === "object" ? listAbove(provider, name) : null
    if (list !== null) return `${account}: reconcile.${name} ${hoursBeneath(list)}`
  }
  return null
}

const eventsByRoute = (provider: Provider, route: "app" | "rule" | "ui"): ReadonlyArray<string> =>
  Object.keys(provider.routes[route] ?? {}).flatMap((entity) => eventsOf(provider, route, entity))

const meant = (name: string, names: ReadonlyArray<string>): string => {
  const near = nearestName(name, names)
  return near === null ? `: choose one of ${names.join(", ")}` : `: did you mean "${near}"?`
}
