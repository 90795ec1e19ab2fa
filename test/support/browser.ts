/** Debian's Chromium, or what stands in its place; `undefined` where there is none. */
import { existsSync } from "node:fs"

export const browserPath = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(existsSync)
