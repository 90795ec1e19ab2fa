/** Programs that the preload cannot record: the proxy does. */
import { basename } from "node:path"

const otherLanguage = /^(?:python|ruby|php|java|go|dotnet|perl|curl|wget|deno|bun)[\d.]*(?:\.exe)?$/i

export const isOtherLanguage = (command: string): boolean => otherLanguage.test(basename(command))
