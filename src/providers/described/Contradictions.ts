/** Contradictions in a description that a mirror is to answer by. Pure. */
import type { Description } from "./Description.js"
import { fixedParameters, type MirroredList } from "./MirroredList.js"

const idParameter = /\{(?:id|number|uuid)\}/
const anyParameter = /\{\w+\}/g

type Entity = Description["entities"][string]
type List = NonNullable<Entity["list"]>

/** A sentence's end that says what contradicts itself in a list that a mirror is to answer; `null` for nothing. */
export const contradictionIn = (description: Description): string | null => {
  for (const [name, entity] of Object.entries(description.entities)) {
    const { list } = entity
    if (list?.mirror === undefined) continue
    const at = `entities.${name}.list.mirror`
    const wrong =
      wrongPaths(description, name, entity, list) ??
      wrongTimes(list, list.mirror) ??
      wrongParameters(description, list, list.mirror) ??
      wrongDeletions(description, name, entity, list.mirror)
    if (wrong !== null) return `${at}${wrong}`
  }
  return null
}

const wrongPaths = ({ base, entities }: Description, name: string, { item }: Entity, { path }: List): string | null => {
  if (idParameter.test(base)) return `: base has an id, and must have words only (such as {account})`
  if (/[{}]/.test(path)) return `: the list's path has a parameter, and must have none`
  if (item !== undefined && ((item.match(anyParameter) ?? []).length !== 1 || !idParameter.test(item)))
    return `: the item's path must have one parameter: {id}, {number} or {uuid}`
  const other = Object.entries(entities).find(
    ([one, { list, search }]) => (one !== name && list?.path === path) || search?.path === path
  )
  return other === undefined ? null : `: the path ${path} stands twice, also for ${other[0]}`
}

const wrongTimes = ({ timeFilter }: List, mirror: MirroredList): string | null => {
  if (timeFilter !== undefined && mirror.timeFilter === undefined)
    return `.timeFilter is missing: the list has the time filter ${timeFilter}`
  return timeFilter === undefined && mirror.timeFilter !== undefined
    ? ".timeFilter is of no use: the list has no timeFilter"
    : null
}

const wrongParameters = (
  { paging }: Description,
  { parameters, timeFilter }: List,
  { deleted, ordering, perPage }: MirroredList
): string | null => {
  if (perPage > paging.maxPerPage) return `.perPage is more than paging.maxPerPage, ${paging.maxPerPage}`
  const own = [paging.page, paging.perPage, timeFilter].filter((one) => one !== undefined)
  const chooses = ordering === undefined ? [] : [ordering.by, ordering.direction]
  const names = [...own, ...chooses, ...Object.keys(fixedParameters(parameters, ordering))]
  const twice = names.find((one, at) => names.indexOf(one) !== at)
  if (twice !== undefined) return `: the parameter ${twice} has two meanings`
  if (ordering !== undefined) {
    const fields = Object.values(ordering.fields).map(({ field }) => field)
    if (new Set(fields).size !== fields.length) return ".ordering.fields names a field twice"
    const by = parameters[ordering.by]
    if (by !== undefined && !Object.hasOwn(ordering.fields, by))
      return `.ordering.fields lacks "${by}", which the list's parameters have`
    const direction = parameters[ordering.direction]
    if (direction !== undefined && direction !== "asc" && direction !== "desc")
      return `.ordering.direction can be asc or desc only, and the list's parameters have "${direction}"`
  }
  if (typeof deleted === "string") return null
  const taken = Object.keys(deleted.parameters).find((one) => own.includes(one) || chooses.includes(one))
  if (taken !== undefined) return `.deleted.parameters has ${taken}, which has another meaning`
  if (Object.entries(deleted.parameters).every(([one, value]) => parameters[one] === value))
    return ".deleted.parameters are those of the list itself"
  return timeFilter === undefined ? `.deleted can be "absent" or "never" only: the list has no timeFilter` : null
}

const wrongDeletions = (
  { webhook }: Description,
  name: string,
  { item, pushes }: Entity,
  { deleted }: MirroredList
): string | null => {
  if (deleted === "absent" && item === undefined)
    return `.deleted is "absent", and the item is missing: only the API itself says of one that a list lacks that it is gone`
  const told =
    pushes?.actions.includes("delete") === true ||
    webhook?.payloads.some(({ deletes, entity }) => entity === name && deletes.length > 0) === true
  return deleted === "never" && told ? `.deleted is "never", and the webhook tells of deletions` : null
}
