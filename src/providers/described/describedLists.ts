/** The lists of a described provider that can be answered from known states. Pure. */
import { type ListRule, type OrderField, plainList } from "../ListRule.js"
import type { Description } from "./Description.js"
import { fixedParameters, type Sorted } from "./MirroredList.js"

export const describedLists = ({ base, entities, paging }: Description): ReadonlyArray<ListRule> =>
  Object.entries(entities).flatMap(([entity, { id, list }]): ReadonlyArray<ListRule> => {
    const mirror = list?.mirror
    if (list === undefined || mirror === undefined) return []
    const { order, ordering, timeFilter } = mirror
    const fields = Object.entries(ordering?.fields ?? {})
    const sortedBy = ({ field, kind }: Sorted): OrderField => [
      field,
      field === id && kind === "number" ? "serial" : kind
    ]
    return [
      {
        ...plainList,
        template: base + list.path,
        entity,
        perPage: { parameter: paging.perPage, usual: mirror.perPage },
        pageParameter: paging.page,
        order: { by: sortedBy(order), direction: order.direction },
        orderKnown: true,
        ties: mirror.ties ?? "unknown",
        ordering:
          ordering === undefined
            ? null
            : {
                by: ordering.by,
                direction: ordering.direction,
                fields: fields.map(([, sorted]) => sortedBy(sorted)),
                values: Object.fromEntries(fields.map(([value, { field }]) => [field, value]))
              },
        fixed: fixedParameters(list.parameters, ordering),
        hiddenBy: [],
        createdWithinDays: mirror.createdWithinDays ?? null,
        timeUnitMs: timeFilter?.unit === "millisecond" ? 1 : 1_000,
        sinceExclusive: timeFilter?.inclusive === false,
        learnsLinks: true,
        longNumbers: true
      }
    ]
  })
