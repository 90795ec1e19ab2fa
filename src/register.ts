/** `hookshift/register`: `node --import hookshift/register app.js` records with no code change. */
export { recorder } from "./capture/register.js"
