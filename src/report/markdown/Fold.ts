/** A part that folds, in Markdown as forges show it. The summary is in this program's own words, without marks. */
export const fold = (summary: string, content: string): string =>
  `<details>\n<summary>${summary}</summary>\n\n${content}\n\n</details>`
