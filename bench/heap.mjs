// A binary heap of objects, the earliest first.
export const createHeap = () => {
  const items = []
  return {
    push: (item) => {
      let index = items.push(item) - 1
      while (index > 0) {
        const parent = (index - 1) >> 1
        if (items[parent].at <= item.at) break
        items[index] = items[parent]
        index = parent
      }
      items[index] = item
    },
    pop: () => {
      const top = items[0]
      const last = items.pop()
      if (items.length === 0) return top
      let index = 0
      for (;;) {
        let child = index * 2 + 1
        if (child >= items.length) break
        if (child + 1 < items.length && items[child + 1].at < items[child].at) child += 1
        if (items[child].at >= last.at) break
        items[index] = items[child]
        index = child
      }
      items[index] = last
      return top
    }
  }
}
