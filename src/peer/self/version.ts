/** The version of Parley, and how it names itself in User-Agent (RFC 9110 section 10.1.5). */
import { readFileSync } from 'node:fs'

function packageVersion(): string {
  const text = readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}

export const VERSION = packageVersion()
export const USER_AGENT = `parley/${VERSION}`
